using MiniKube.Machinery;

namespace MiniKube.Kinds.Tests;

public sealed class GoldenTests
{
    private static IEnumerable<TestCaseData> Refused() => Case.In("Refused");
    private static IEnumerable<TestCaseData> Defaulted() => Case.In("Defaulted");

    [TestCaseSource(nameof(Refused))]
    public void Wrong_objects_are_refused_in_upstream_s_words(JsonMap golden)
    {
        var sent = golden.Map("object")!;
        var (_, error) = Case.Create(Case.KindOf(sent), sent);
        Assert.That(error?.Code ?? 201, Is.EqualTo(golden.Whole("code")), error?.Message);
        if (error is null) return;
        Assert.That(error.Message, Is.EqualTo(golden.Text("message")));
        var causes = (golden.List("causes") ?? []).Texts().ToArray();
        Assert.That(error.Causes.Select(c => $"{c.Reason} {c.Path}"), Is.EqualTo(causes));
    }

    [TestCaseSource(nameof(Defaulted))]
    public void Minimal_objects_are_completed(JsonMap golden)
    {
        var sent = golden.Map("object")!;
        var (stored, error) = Case.Create(Case.KindOf(sent), sent);
        Assert.That(error?.Message, Is.Null);
        var expected = golden.Map("stored")!;
        Assert.That(stored!.SameAs(expected), Is.True, () => Difference.Of(expected, stored));
        Assert.That(ObjectRules.Warnings(Case.KindOf(sent), stored), Is.EqualTo((golden.List("warnings") ?? []).Texts()));
    }

    [TestCaseSource(nameof(Defaulted))]
    public void Completing_twice_changes_nothing(JsonMap golden)
    {
        var stored = golden.Map("stored")!.CloneMap();
        var kind = Case.KindOf(stored);
        Assert.That(Decoding.Apply(kind, stored), Is.Null);
        Defaulting.Apply(kind, stored);
        var again = stored.CloneMap();
        Decoding.Apply(kind, again);
        Defaulting.Apply(kind, again);
        Assert.That(again.SameAs(stored), Is.True, () => Difference.Of(stored, again));
    }
}
