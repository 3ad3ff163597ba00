using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers.Tests;

public class DaemonFailureTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-01-01T01:00:00Z");

    [Test]
    public void The_first_is_replaced_at_once_and_every_next_one_later()
    {
        var failures = new DaemonFailures();
        Assert.That(failures.WaitFor("d", Pod("a"), Now), Is.EqualTo(TimeSpan.Zero));
        Assert.That(failures.WaitFor("d", Pod("a"), Now), Is.EqualTo(TimeSpan.Zero), "asked again about the same one");
        Assert.That(failures.WaitFor("d", Pod("b"), Now), Is.EqualTo(TimeSpan.FromSeconds(1)));
        Assert.That(failures.WaitFor("d", Pod("b"), Now.AddSeconds(1)), Is.EqualTo(TimeSpan.Zero));
        Assert.That(failures.WaitFor("d", Pod("c"), Now.AddSeconds(1)), Is.EqualTo(TimeSpan.FromSeconds(2)));
        Assert.That(failures.WaitFor("d", Pod("c", "n2"), Now.AddSeconds(1)), Is.EqualTo(TimeSpan.Zero), "another node");
        Assert.That(failures.WaitFor("e", Pod("c"), Now.AddSeconds(1)), Is.EqualTo(TimeSpan.Zero), "another set");
    }

    [Test]
    public void Patience_has_a_limit_and_a_memory_that_fades()
    {
        var failures = new DaemonFailures();
        var at = Now;
        for (var i = 0; i < 20; i++)
        {
            at += failures.WaitFor("d", Pod($"p{i}"), at);
            Assert.That(failures.WaitFor("d", Pod($"p{i}"), at), Is.EqualTo(TimeSpan.Zero));
        }
        Assert.That(failures.WaitFor("d", Pod("next"), at), Is.EqualTo(TimeSpan.FromMinutes(15)));
        at += TimeSpan.FromHours(2);
        Assert.That(failures.WaitFor("d", Pod("next"), at), Is.EqualTo(TimeSpan.Zero));
        Assert.That(failures.WaitFor("d", Pod("after"), at), Is.EqualTo(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public void A_set_that_is_gone_leaves_nothing_behind()
    {
        var failures = new DaemonFailures();
        failures.WaitFor("d", Pod("a"), Now);
        failures.Forget("d");
        Assert.That(failures.WaitFor("d", Pod("b"), Now), Is.EqualTo(TimeSpan.Zero));
    }

    private static Item<Pod> Pod(string name, string node = "n1") =>
        Resources.Of<Pod>().Item(System.Text.Encoding.UTF8.GetBytes($$$"""{"metadata":{"name":"{{{name}}}","namespace":"ns","uid":"{{{name}}}"},"spec":{"nodeName":"{{{node}}}"} }"""));
}
