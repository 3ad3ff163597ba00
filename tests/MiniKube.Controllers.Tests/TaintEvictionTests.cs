using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.TestKit;

namespace MiniKube.Controllers.Tests;

/// <summary>Who was to leave a node and needn't after all.</summary>
public class TaintEvictionTests
{
    private readonly ManualTime time = new(DateTimeOffset.Parse("2026-01-01T01:00:00Z"));

    [Test]
    public async Task That_a_pod_may_stay_is_told_once()
    {
        var caches = new Caches(new MemoryApi(time), time);
        var controller = new TaintEvictionController(caches);
        Show<Pod>(caches, 1, """
            {"metadata":{"name":"p","namespace":"ns","uid":"u"},"spec":{"nodeName":"n","tolerations":[{"key":"k","operator":"Exists","tolerationSeconds":90}]}}
            """);
        Show<Node>(caches, 1, """{"metadata":{"name":"n","resourceVersion":"1"},"spec":{"taints":[{"key":"k","effect":"NoExecute","timeAdded":"2026-01-01T01:00:00Z"}]}}""");
        Assert.That(await Looks(), Is.EqualTo(new[] { "recheck 90s" }));
        Show<Node>(caches, 2, """{"metadata":{"name":"n","resourceVersion":"2"},"spec":{}}""");
        Assert.That(await Looks(), Is.EqualTo(new[] { "event Normal TaintManagerEviction: Cancelling deletion of Pod ns/p" }));
        Assert.That(await Looks(), Is.Empty);

        async Task<IReadOnlyList<string>> Looks() => PlanText.Of((await controller.Decide(new(new("ns", "p"), time.GetUtcNow()), default))!);
    }

    private static void Show<T>(Caches caches, long version, string json) where T : Kinds.KubeObject => caches.Of<T>().Replace([Encoding.UTF8.GetBytes(json)], version);
}
