using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Policy;

namespace MiniKube.Cluster.Tests;

/// <summary>A crowd that evicts whatever it can, with the real controllers filling up and counting behind it: no budget is ever overdrawn.</summary>
public class BudgetTests
{
    private const int Replicas = 20;
    private const int Evictors = 64;
    private const int Wanted = 40;

    private static readonly ResourceRef Pods = Resources.RefOf<Pod>();

    private TestCluster cluster = null!;

    [SetUp]
    public async Task Start() => cluster = await TestCluster.Start();

    [TearDown]
    public async Task Stop() => await cluster.DisposeAsync();

    [TestCase("minAvailable: 16", 16)]
    [TestCase("maxUnavailable: 25%", 15)]
    [CancelAfter(240_000)]
    public async Task At_no_moment_are_there_fewer_than_promised(string bound, int least, CancellationToken cancel)
    {
        await cluster.Create<Deployment>($$"""
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: w}
            spec:
              replicas: {{Replicas}}
              selector: {matchLabels: {app: w} }
              template:
                metadata: {labels: {app: w} }
                spec: {terminationGracePeriodSeconds: 0, containers: [{name: c, image: i}] }
            """);
        await cluster.Until<Deployment>("w", d => d.Value.Status?.ReadyReplicas == Replicas);
        await cluster.Create<PodDisruptionBudget>($$"""{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: p}, spec: { {{bound}}, selector: {matchLabels: {app: w} } } }""");
        await cluster.Until<PodDisruptionBudget>("p", b => b.Value.Status?.DisruptionsAllowed == Replicas - least);
        var before = (await cluster.Api.List(Pods, "default", cancel: cancel)).Value;

        var (evicted, refused) = (0, 0);
        var strange = new List<string>();
        await Task.WhenAll(Enumerable.Range(0, Evictors).Select(async n =>
        {
            var random = new Random(n);
            while (Volatile.Read(ref evicted) < Wanted && !cancel.IsCancellationRequested)
            {
                var there = await cluster.List<Pod>();
                var pod = there[random.Next(there.Count)];
                var body = Encoding.UTF8.GetBytes($$$"""{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"{{{pod.Name}}}"} }""");
                var answer = await cluster.Api.Create(Pods, "default", body, pod.Name, "eviction", cancel: cancel);
                if (answer.Ok) Interlocked.Increment(ref evicted);
                else if (answer.Error!.Code == 429) Interlocked.Increment(ref refused);
                else if (answer.Error.Code is not (404 or 409)) lock (strange) strange.Add(answer.Error.Message);
                await Task.Yield();
            }
        }));

        Assert.That(strange, Is.Empty);
        Assert.That(evicted, Is.GreaterThanOrEqualTo(Wanted), "evictions come through");
        Assert.That(refused, Is.Positive, "and some don't");
        await cluster.Until<Deployment>("w", d => d.Value.Status?.ReadyReplicas == Replicas);
        Assert.That(await Fewest(before, cancel), Is.GreaterThanOrEqualTo(least));
    }

    /// <summary>How many healthy pods there were when there were fewest, from one change to the next in the order of the store.</summary>
    private async Task<int> Fewest(ApiList before, CancellationToken cancel)
    {
        var end = Meta.VersionNumber((await cluster.Api.List(Pods, "default", cancel: cancel)).Value.ResourceVersion);
        var healthy = before.Items.Select(i => Resources.Of<Pod>().Item(i)).Where(Healthy).Select(p => p.Name).ToHashSet();
        var fewest = healthy.Count;
        // Something to stop at, as nothing else may come.
        await cluster.Create<Pod>("{apiVersion: v1, kind: Pod, metadata: {name: last}, spec: {schedulerName: none, containers: [{name: c, image: i}]}}");
        await foreach (var change in cluster.Api.Watch(Pods, "default", new ListQuery { ResourceVersion = before.ResourceVersion }, cancel))
        {
            Assert.That(change.Error?.Message, Is.Null);
            var pod = Resources.Of<Pod>().Item(change.Json);
            if (pod.Meta.Version > end) break;
            if (change.Type != EventType.Deleted && Healthy(pod)) healthy.Add(pod.Name);
            else healthy.Remove(pod.Name);
            fewest = Math.Min(fewest, healthy.Count);
        }
        return fewest;
    }

    private static bool Healthy(Item<Pod> pod) =>
        !pod.BeingDeleted && pod.Value.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) == true;
}
