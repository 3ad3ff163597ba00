using MiniKube.Kinds.Apps;
using MiniKube.Kinds.Batch;
using MiniKube.Kinds.Core;

namespace MiniKube.Cluster.Tests;

/// <summary>What becomes of dependents, for each way to delete an owner.</summary>
public class GarbageTests
{
    private const string Set = """
        apiVersion: apps/v1
        kind: ReplicaSet
        metadata: {name: w}
        spec:
          replicas: 2
          selector: {matchLabels: {app: w}}
          template: {metadata: {labels: {app: w}}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: c, image: i}]}}
        """;

    private TestCluster cluster = null!;

    [SetUp]
    public async Task Start()
    {
        cluster = await TestCluster.Start();
        await cluster.Until<ServiceAccount>("default", _ => true);
    }

    [TearDown]
    public async Task Stop() => await cluster.DisposeAsync();

    [TestCase("Background")]
    [TestCase("Foreground")]
    public async Task Dependents_go_with_their_owner(string policy)
    {
        await cluster.Create<ReplicaSet>(Set);
        await cluster.UntilAll<Pod>(p => p.Count == 2 && p.All(x => x.Value.Status?.Phase == "Running"));
        await cluster.Delete<ReplicaSet>("w", propagation: policy);
        await cluster.UntilAll<ReplicaSet>(s => s.Count == 0);
        await cluster.UntilAll<Pod>(p => p.Count == 0);
    }

    [Test]
    public async Task Orphans_stay_and_belong_to_nobody()
    {
        await cluster.Create<ReplicaSet>(Set);
        await cluster.UntilAll<Pod>(p => p.Count == 2 && p.All(x => x.Value.Status?.Phase == "Running"));
        await cluster.Delete<ReplicaSet>("w", propagation: "Orphan");
        await cluster.UntilAll<ReplicaSet>(s => s.Count == 0);
        var pods = await cluster.List<Pod>();
        Assert.That(pods.Select(p => p.Meta.Owners.Count), Is.EqualTo(new[] { 0, 0 }));
    }

    [Test]
    public async Task A_job_runs_to_its_end_and_goes_after_its_time()
    {
        await cluster.Create<Job>("""
            apiVersion: batch/v1
            kind: Job
            metadata: {name: j}
            spec:
              completions: 3
              parallelism: 2
              ttlSecondsAfterFinished: 1
              template:
                metadata: {annotations: {sim.minik.io/run-seconds: "0"}}
                spec: {restartPolicy: Never, containers: [{name: c, image: i}]}
            """);
        await cluster.Until<Job>("j", j => j.Value.Status is { Succeeded: 3, CompletionTime: not null });
        await cluster.UntilAll<Job>(j => j.Count == 0);
        await cluster.UntilAll<Pod>(p => p.Count == 0);
    }
}
