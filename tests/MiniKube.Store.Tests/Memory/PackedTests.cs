using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MiniKube.Store.Memory;

namespace MiniKube.Store.Tests.Memory;

public sealed class PackedTests
{
    [Test]
    public void Whatever_is_packed_unpacks_to_the_same()
    {
        // Words of all lengths, drawn from few, so that copies of every length and distance come up.
        var word = from length in Gen.Choose(1, 300) from letter in Gen.Choose(0, 255) from step in Gen.Choose(0, 7) select Enumerable.Range(0, length).Select(i => (byte)(letter + i * step)).ToArray();
        var values = from words in word.ListOf(8) from order in Gen.Choose(0, 7).ListOf(60) select order.SelectMany(i => words[i]).ToArray();
        var packed = 0;
        Prop.ForAll(values.ToArbitrary(), value =>
        {
            if (Packed.Of(value) is not { } found) return true;
            packed++;
            return found.Size == value.Length && found.Unpack().AsSpan().SequenceEqual(value);
        }).QuickCheckThrowOnFailure();
        Assert.That(packed, Is.GreaterThan(50), "hardly anything was packed");
    }

    [TestCase(1), TestCase(4), TestCase(14), TestCase(15), TestCase(16), TestCase(269), TestCase(270), TestCase(271), TestCase(70_000)]
    public void Runs_of_every_length_come_back(int length)
    {
        var noise = new byte[600];
        new Random(length).NextBytes(noise);
        byte[] value = [.. noise[..Math.Min(length, 600)], .. new byte[3000], .. noise[..Math.Min(length, 600)], .. Enumerable.Repeat((byte)'x', length)];
        Assert.That(Packed.Of(value)!.Unpack(), Is.EqualTo(value));
    }

    [Test]
    public void What_repeats_after_more_than_64_KB_is_told_again()
    {
        var noise = new byte[100];
        new Random(1).NextBytes(noise);
        byte[] value = [.. noise, .. new byte[70_000], .. noise];
        Assert.That(Packed.Of(value)!.Unpack(), Is.EqualTo(value));
    }

    [Test]
    public void An_objects_common_words_cost_little_however_small_it_is()
    {
        var value = Encoding.UTF8.GetBytes("""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"settings","namespace":"shop","uid":"c98e2d77-fcdf-4a21-b541-246729c375d3","resourceVersion":"268","creationTimestamp":"2026-11-21T12:37:25Z","labels":{"app.kubernetes.io/name":"shop","app.kubernetes.io/managed-by":"Helm"},"managedFields":[{"manager":"helm","operation":"Update","apiVersion":"v1","time":"2026-11-21T12:37:25Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},"f:currency":{},"f:language":{}},"f:metadata":{"f:labels":{".":{},"f:app.kubernetes.io/name":{},"f:app.kubernetes.io/managed-by":{}}}}}]},"data":{"currency":"EUR","language":"de"}}""");
        var packed = Packed.Of(value)!;
        Assert.That(packed.Unpack(), Is.EqualTo(value));
        Assert.That(packed.Length, Is.LessThan(value.Length / 2));
    }

    [Test]
    public void Small_values_and_noise_stay_as_they_are()
    {
        var noise = new byte[5000];
        new Random(2).NextBytes(noise);
        Assert.That(Packed.Of(noise), Is.Null);
        Assert.That(Packed.Of(new byte[Packed.Smallest - 1]), Is.Null);
        Assert.That(Packed.Of([]), Is.Null);
    }
}
