namespace MiniKube.Engines.Tests;

public class RememberedTests
{
    private readonly Remembered<string, string> known = new();

    [Test]
    public void One_look_is_enough_for_a_state()
    {
        known.Keep("a", known.Begin("a"), "running", "as it runs");
        Assert.Multiple(() =>
        {
            Assert.That(known.Of("a", "running"), Is.EqualTo("as it runs"));
            Assert.That(known.Of("a", "exited"), Is.Null);
            Assert.That(known.All, Is.EqualTo(new[] { ("a", "as it runs") }));
        });
        known.Keep("a", known.Begin("a"), "exited", "as it ended");
        Assert.That(known.Of("a", "exited"), Is.EqualTo("as it ended"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_look_that_something_happened_during_is_not_remembered(bool knownBefore)
    {
        if (knownBefore) known.Keep("a", known.Begin("a"), "created", "as it was made");
        var look = known.Begin("a");
        known.Forget("a");
        known.Keep("a", look, "running", "as it ran");
        Assert.That(known.Of("a", "running"), Is.Null);
        // The listing may still say what was true before: the next look decides.
        known.Keep("a", known.Begin("a"), "running", "as it runs again");
        Assert.That(known.Of("a", "running"), Is.EqualTo("as it runs again"));
    }

    [Test]
    public void What_is_gone_is_forgotten()
    {
        known.Keep("a", known.Begin("a"), "running", "first");
        known.Keep("b", known.Begin("b"), "running", "second");
        known.KeepOnly(new HashSet<string> { "b" });
        Assert.That(known.All, Is.EqualTo(new[] { ("b", "second") }));
    }
}
