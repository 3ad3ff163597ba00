using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.TestKit;

namespace MiniKube.Controllers.Tests;

/// <summary>Which pods the sweep takes.</summary>
public class PodGarbageTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-01-01T01:00:00Z");

    [Test]
    public void Beyond_the_limit_the_evicted_go_first_then_the_oldest() => Assert.That(
        Swept(1, Pod("old", "Succeeded", created: "00:10"), Pod("older", "Failed", created: "00:05"), Pod("evicted", "Failed", created: "00:30", reason: "Evicted"), Pod("at-work", "Running")),
        Is.EqualTo(new[] { "delete pods evicted grace 0", "delete pods older grace 0" }));

    [Test]
    public void Up_to_the_limit_all_stay() => Assert.That(Swept(2, Pod("a", "Succeeded"), Pod("b", "Failed")), Is.Empty);

    [Test]
    public void Pods_of_a_node_that_is_gone_are_marked_and_go() => Assert.That(Swept(9, Pod("p", "Running", node: "gone")), Is.EqualTo(new[]
    {
        """patch pods p/status {"status":{"conditions":[{"lastTransitionTime":"2026-01-01T01:00:00Z","message":"PodGC: node no longer exists","observedGeneration":0,"reason":"DeletionByPodGC","status":"True","type":"DisruptionTarget"}],"phase":"Failed"}}""",
        "delete pods p grace 0",
    }));

    [Test]
    public void Pods_on_their_way_out_of_a_node_out_of_service_are_gone() => Assert.That(
        Swept(9, Pod("p", "Running", node: "out", deleted: true), Pod("stays", "Running", node: "out"), Pod("leaving", "Running", node: "fine", deleted: true)),
        Is.EqualTo(new[] { """patch pods p/status {"status":{"phase":"Failed"}}""", "delete pods p grace 0" }));

    [Test]
    public void Pods_deleted_before_they_had_a_node_go() => Assert.That(Swept(9, Pod("p", "Pending", node: "", deleted: true), Pod("waiting", "Pending", node: "")), Is.EqualTo(new[] { "delete pods p grace 0" }));

    private static IReadOnlyList<string> Swept(int most, params Item<Pod>[] pods) =>
        [.. PlanText.Of(PodGarbagePlan.For(new(pods, n => n == "gone", most, Now) { NodeOutOfService = n => n == "out" })).Where(l => !l.StartsWith("recheck", StringComparison.Ordinal))];

    private static Item<Pod> Pod(string name, string phase, string node = "fine", string created = "00:00", string? reason = null, bool deleted = false) =>
        Resources.Of<Pod>().Item(System.Text.Encoding.UTF8.GetBytes($$$"""
            {"metadata":{"name":"{{{name}}}","namespace":"ns","uid":"{{{name}}}","creationTimestamp":"2026-01-01T{{{created}}}:00Z"{{{(deleted ? ",\"deletionTimestamp\":\"2026-01-01T00:59:00Z\"" : "")}}} },
            "spec":{"nodeName":"{{{node}}}"},"status":{"phase":"{{{phase}}}"{{{(reason is null ? "" : $",\"reason\":\"{reason}\"")}}} } }
            """));
}
