using MiniKube.Kinds.Core;
using MiniKube.TestKit;

namespace MiniKube.Cluster.Tests.Nodes;

/// <summary>What a node still does for a pod that is going.</summary>
[TestFixture]
public sealed class EndingPodTests
{
    [Test]
    public async Task Readiness_is_asked_until_the_end_and_liveness_no_more()
    {
        var time = new ManualTime();
        await using var cluster = await TestCluster.Start(nodes: 0);
        await cluster.Until<ServiceAccount>("default", _ => true, seconds: 60);
        await using var node = new SimulatedNode(cluster, "n", time);
        await cluster.Create<Pod>("""
            apiVersion: v1
            kind: Pod
            metadata: {name: p}
            spec:
              nodeName: n
              terminationGracePeriodSeconds: 1000000
              containers:
              - name: c
                image: server
                lifecycle: {preStop: {sleep: {seconds: 900000}}}
                readinessProbe: {exec: {command: [test, -f, /tmp/ready]}, periodSeconds: 1, failureThreshold: 1}
                livenessProbe: {exec: {command: [test, -f, /tmp/alive]}, periodSeconds: 1, failureThreshold: 1000000}
            """);
        await cluster.Until<Pod>("p", p => p.Value.Status?.Phase == "Running", seconds: 60);
        var pod = (await cluster.Get<Pod>("p"))!;
        await node.Exec(pod, "c", "touch", "/tmp/ready");
        await Ready("True");
        await cluster.Delete<Pod>("p");
        await cluster.Until(async () => await Events("Killing") == 1, () => Task.FromResult("it is never stopped"), seconds: 60);
        await node.Exec(pod, "c", "rm", "/tmp/ready");
        await Ready("False");
        var asked = await Liveness();
        await node.Exec(pod, "c", "touch", "/tmp/ready");
        await Ready("True");
        Assert.That(await Liveness(), Is.EqualTo(asked), "nobody asks any more whether it lives");

        async Task Ready(string wanted) => await cluster.Until(async () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return (await cluster.Get<Pod>("p"))?.Value.Status?.Conditions?.FirstOrDefault(c => c.Type == "Ready")?.Status == wanted;
        }, () => Task.FromResult($"it never becomes {wanted}"), seconds: 60);

        async Task<int> Events(string reason) => (await cluster.List<Event>()).Count(e => e.Value.Reason == reason);

        async Task<string> Liveness() => (await node.Page("/metrics/probes")).Split('\n').Single(l => l.Contains("Liveness", StringComparison.Ordinal));
    }
}
