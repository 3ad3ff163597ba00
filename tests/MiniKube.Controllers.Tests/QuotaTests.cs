using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.TestKit;

namespace MiniKube.Controllers.Tests;

/// <summary>A cache that hasn't seen yet what was charged must not make room for more.</summary>
public class QuotaTests
{
    private readonly ManualTime time = new(DateTimeOffset.Parse("2026-01-01T01:00:00Z"));

    [Test]
    public async Task What_was_charged_but_is_not_in_the_cache_yet_is_not_given_back()
    {
        var (caches, api, controller) = await Start(pods: 2, used: 2);
        Show<Pod>(caches, await Listed<Pod>(api), take: 1, version: 1);
        Assert.That(PlanText.Of((await controller.Decide(new(new("ns", "q"), time.GetUtcNow()), default))!), Is.Empty);
    }

    [Test]
    public async Task What_the_server_has_no_more_is_given_back_even_if_the_cache_is_behind()
    {
        var (caches, api, controller) = await Start(pods: 1, used: 2);
        Show<Pod>(caches, await Listed<Pod>(api), take: 1, version: 1);
        Assert.That(PlanText.Of((await controller.Decide(new(new("ns", "q"), time.GetUtcNow()), default))!),
            Is.EqualTo(new[] { """status resourcequotas q {"hard":{"pods":"9"},"used":{"pods":"1"}}""" }));
    }

    [Test]
    public async Task A_cache_that_is_up_to_date_is_believed()
    {
        var (caches, api, controller) = await Start(pods: 2, used: 2);
        var version = api.Version;
        foreach (var cache in caches.Find(Resources.RefOf<Service>()).Concat(caches.Find(Resources.RefOf<PersistentVolumeClaim>()))) cache.Replace([], version);
        Show<Pod>(caches, await Listed<Pod>(api), take: 1, version);
        Assert.That(PlanText.Of((await controller.Decide(new(new("ns", "q"), time.GetUtcNow()), default))!),
            Is.EqualTo(new[] { """status resourcequotas q {"hard":{"pods":"9"},"used":{"pods":"1"}}""" }));
    }

    private async Task<(Caches, MemoryApi, Controller)> Start(int pods, int used)
    {
        var api = new MemoryApi(time);
        var caches = new Caches(api, time);
        var controller = new ResourceQuotaController(caches, new KnownResources(caches), api);
        for (var i = 0; i < pods; i++) await api.Create(Resources.RefOf<Pod>(), "ns", Encoding.UTF8.GetBytes($$$"""{"metadata":{"name":"p{{{i}}}"},"spec":{"containers":[]} }"""));
        await api.Create(Resources.RefOf<Kinds.Core.ResourceQuota>(), "ns",
            Encoding.UTF8.GetBytes($$$"""{"metadata":{"name":"q"},"spec":{"hard":{"pods":"9"} },"status":{"hard":{"pods":"9"},"used":{"pods":"{{{used}}}"} } }"""));
        Show<Kinds.Core.ResourceQuota>(caches, await Listed<Kinds.Core.ResourceQuota>(api), 1, api.Version);
        return (caches, api, controller);
    }

    private static void Show<T>(Caches caches, IReadOnlyList<ReadOnlyMemory<byte>> items, int take, long version) where T : Kinds.KubeObject =>
        caches.Of<T>().Replace([.. items.Take(take)], version);

    private static async Task<IReadOnlyList<ReadOnlyMemory<byte>>> Listed<T>(MemoryApi api) where T : Kinds.KubeObject => [.. (await api.List(Resources.RefOf<T>(), "ns")).Value.Items];
}
