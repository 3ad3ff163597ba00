namespace MiniKube.Kubelet.Tests;

[TestFixture]
public sealed class AbandonedTests
{
    [Test]
    public void Unknown_twice_in_a_row_is_gone()
    {
        var abandoned = new Abandoned();
        Assert.That(Gone(abandoned, "a b", "a"), Is.Empty, "it may be being made");
        Assert.That(Gone(abandoned, "a b", "a b"), Is.Empty);
        Assert.That(Gone(abandoned, "a b", "a"), Is.Empty, "known in between");
        Assert.That(Gone(abandoned, "a b", ""), Is.EqualTo((string[])["b"]));
        Assert.That(Gone(abandoned, "a", ""), Is.EqualTo((string[])["a"]));
    }

    [Test]
    public void Holders_from_before_go_at_the_first_look()
    {
        var abandoned = new Abandoned();
        abandoned.Suspect(["old", "lives"]);
        Assert.That(Gone(abandoned, "old lives new", "lives"), Is.EqualTo((string[])["old"]));
    }

    private static IReadOnlyList<string> Gone(Abandoned abandoned, string holders, string known) =>
        abandoned.Of(holders.Split(' '), known.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet());
}
