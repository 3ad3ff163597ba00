using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.TestKit;

namespace MiniKube.Controllers.Tests;

/// <summary>What is told of a node from its first day to its last.</summary>
public class NodeLifecycleTests
{
    private readonly ManualTime time = new(DateTimeOffset.Parse("2026-01-01T01:00:00Z"));

    [Test]
    public async Task Its_coming_and_its_going_are_told_once()
    {
        var caches = new Caches(new MemoryApi(time), time);
        var controller = new NodeLifecycleController(caches);
        Show<Node>(caches, 1, """{"metadata":{"name":"n","uid":"u"},"status":{"conditions":[{"type":"Ready","status":"True"}]}}""");
        Assert.That(await Looks(), Is.EqualTo(new[] { "event Normal RegisteredNode: Node n event: Registered Node n in Controller", "recheck 50.1s" }));
        Assert.That(await Looks(), Is.EqualTo(new[] { "recheck 50.1s" }));
        caches.Of<Node>().Replace([], 2);
        Assert.That(await Looks(), Is.EqualTo(new[] { "event Normal RemovingNode: Node n event: Removing Node n from Controller" }));
        Assert.That(await Looks(), Is.Empty);

        async Task<IReadOnlyList<string>> Looks() => await controller.Decide(new(Key.Cluster("n"), time.GetUtcNow()), default) is { } plan ? PlanText.Of(plan) : [];
    }

    [Test]
    public void A_pod_that_comes_to_be_ready_on_a_silent_node_has_the_node_looked_at()
    {
        var caches = new Caches(new MemoryApi(time), time);
        var keys = new List<Key>();
        new NodeLifecycleController(caches).Watch(new Triggers(keys.Add, (_, _) => { }));
        Show<Node>(caches, 1, """{"metadata":{"name":"n"},"status":{"conditions":[{"type":"Ready","status":"Unknown"}]}}""");
        keys.Clear();
        Show<Pod>(caches, 1, """{"metadata":{"name":"p","namespace":"ns","uid":"u"},"spec":{"nodeName":"n"},"status":{"conditions":[{"type":"Ready","status":"True"}]}}""");
        Assert.That(keys, Is.EqualTo(new[] { Key.Cluster("n") }));
    }

    private static void Show<T>(Caches caches, long version, string json) where T : Kinds.KubeObject => caches.Of<T>().Replace([Encoding.UTF8.GetBytes(json)], version);
}
