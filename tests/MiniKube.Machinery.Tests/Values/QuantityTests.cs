namespace MiniKube.Machinery.Tests.Values;

public sealed class QuantityTests
{
    // As a memory request comes back: resource lists round up to thousandths.
    [TestCase("1", "1")]
    [TestCase("0.5", "500m")]
    [TestCase(".5", "500m")]
    [TestCase("1.", "1.")]
    [TestCase("1000m", "1")]
    [TestCase("1500m", "1500m")]
    [TestCase("0.1m", "1m")]
    [TestCase("1u", "1m")]
    [TestCase("1n", "1m")]
    [TestCase("0.0000000001", "1m")]
    [TestCase("1k", "1k")]
    [TestCase("1Ki", "1Ki")]
    [TestCase("1024Ki", "1Mi")]
    [TestCase("1024Mi", "1Gi")]
    [TestCase("1.5Gi", "1536Mi")]
    [TestCase("1500Mi", "1500Mi")]
    [TestCase("1e3", "1e3")]
    [TestCase("1E3", "1E3")]
    [TestCase("1E", "1E")]
    [TestCase("1Ei", "1Ei")]
    [TestCase("12e6", "12e6")]
    [TestCase("1.5e-3", "2e-3")]
    [TestCase("-1", "-1")]
    [TestCase("+1", "+1")]
    [TestCase("0", "0")]
    [TestCase("00", "0")]
    [TestCase("0m", "0")]
    [TestCase("1 ", "1")]
    [TestCase("9223372036854775807", "9223372036854775807")]
    [TestCase("9223372036854775808", "9223372036854775808")]
    [TestCase("1e100", "10e99")]
    [TestCase("123456789.123456789", "123456789124m")]
    [TestCase("5.1Mi", "5347737600m")]
    [TestCase("0.5Gi", "512Mi")]
    [TestCase("1Pi", "1Pi")]
    [TestCase("64Mi", "64Mi")]
    [TestCase("1M", "1M")]
    [TestCase("1.0", "1")]
    [TestCase("010", "010")]
    public void Stored_form(string written, string stored)
    {
        Assert.That(Quantity.TryParse(written, out var quantity, out _), Is.True);
        Assert.That(quantity.RoundUpToMilli().ToString(), Is.EqualTo(stored));
    }

    [TestCase("1K", "unable to parse quantity's suffix")]
    [TestCase("1mi", "unable to parse quantity's suffix")]
    [TestCase("", "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    [TestCase("abc", "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    [TestCase("1x", "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    [TestCase("1e999999999", "unable to parse numeric part of quantity")]
    public void Refused(string written, string why)
    {
        Assert.That(Quantity.TryParse(written, out _, out var error), Is.False);
        Assert.That(error, Is.EqualTo(why));
    }

    [FsCheck.NUnit.Property]
    public bool Canonical_form_keeps_the_amount(long nano, byte notation)
    {
        var quantity = new[] { "", "Ki", "m", "e3", "n", "Gi" }[notation % 6] is var suffix && Quantity.TryParse($"{nano}{suffix}", out var q, out _) ? q : default;
        return Quantity.TryParse(quantity.ToString(), out var again, out _) && again == quantity && again.ToString() == quantity.ToString();
    }

    [Test]
    public void Percentages_round_as_asked()
    {
        IntOrString quarter = "25%";
        Assert.Multiple(() =>
        {
            Assert.That(quarter.Of(10, roundUp: true), Is.EqualTo(3));
            Assert.That(quarter.Of(10, roundUp: false), Is.EqualTo(2));
            Assert.That(((IntOrString)7).Of(10, roundUp: true), Is.EqualTo(7));
            Assert.That(((IntOrString)"many").Of(10, roundUp: true), Is.Null);
        });
    }
}
