using MiniKube.Kinds.Core;

namespace MiniKube.Cluster.Tests.Nodes;

/// <summary>What becomes of a pod whose node can't give it other amounts now, or ever.</summary>
[TestFixture]
public sealed class ResizeTests : OnSimulatedNode
{
    [Test]
    public async Task Amounts_that_must_wait_come_when_there_is_room_and_not_by_a_restart()
    {
        var all = (await Cluster.Get<Node>("n"))!.Value.Status!.Allocatable!["memory"].Value;
        await Run("neighbour", "64Mi");
        await Run("grows", "32Mi");
        await Resize("grows", $"{all}");
        await Eventually(async () => await Of("grows") == "PodResizePending=Deferred 32Mi 32Mi", () => "it isn't said to wait");
        Assert.That((await Cluster.List<Event>()).Single(e => e.Value.Reason == "ResizeDeferred").Value.Message, Does.StartWith("Pod resize OutOfmemory: ").And.Contain($"requested: {all}, used: {64 << 20}, capacity: {all}"));

        // A new start changes nothing: it is what the node agreed to that its containers get.
        var pod = (await Cluster.Get<Pod>("grows"))!;
        await Node.Engine.StopContainer((await Node.Container(pod.Uid, "c")).Id, TimeSpan.Zero);
        await Eventually(async () => (await Cluster.Get<Pod>("grows"))!.Value.Status!.ContainerStatuses!.Single() is { RestartCount: 1, State.Running: not null }, () => "it never comes back");
        Assert.That((await Node.Container(pod.Uid, "c")).Resources!.MemoryBytes, Is.EqualTo(32 << 20));
        Assert.That(await Of("grows"), Is.EqualTo("PodResizePending=Deferred 32Mi 32Mi"));

        await Cluster.Delete<Pod>("neighbour");
        await Eventually(async () => await Of("grows") == $" {all} {all}", () => "room doesn't help it");
        Assert.That((await Node.Container(pod.Uid, "c")).Resources!.MemoryBytes, Is.EqualTo(all));
        await Cluster.Delete<Pod>("grows");
        await Eventually(async () => await Cluster.Get<Pod>("grows") is null, () => "it never goes");
    }

    [Test]
    public async Task What_can_never_be_keeps_nobody_else_from_growing()
    {
        await Run("dreams", "32Mi");
        await Run("modest", "32Mi");
        await Resize("dreams", "900Ti");
        await Eventually(async () => await Of("dreams") == "PodResizePending=Infeasible 32Mi 32Mi", () => "it isn't refused");
        await Resize("modest", "48Mi");
        await Eventually(async () => await Of("modest") == " 48Mi 48Mi", () => "it has to wait for what is never given");
        await Resize("dreams", "40Mi");
        await Eventually(async () => await Of("dreams") == " 40Mi 40Mi", () => "it isn't forgiven");
    }

    private Task Resize(string pod, string memory)
    {
        var amounts = $"{{\"memory\":\"{memory}\"}}";
        return Cluster.Patch<Pod>(pod, $"{{\"spec\":{{\"containers\":[{{\"name\":\"c\",\"resources\":{{\"requests\":{amounts},\"limits\":{amounts}}}}}]}}}}", subresource: "resize");
    }

    /// <summary>Conditions of its resize, what it was agreed, what it has.</summary>
    private async Task<string> Of(string pod)
    {
        var status = (await Cluster.Get<Pod>(pod))!.Value.Status!;
        var container = status.ContainerStatuses!.Single();
        return $"{string.Join(',', status.Conditions!.Where(c => c.Type!.StartsWith("PodResize", StringComparison.Ordinal)).Select(c => $"{c.Type}={c.Reason}"))} {container.AllocatedResources!["memory"]} {container.Resources!.Limits!["memory"]}";
    }

    private async Task Run(string name, string memory)
    {
        await Cluster.Create<Pod>($"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{nodeName: n, containers: [{{name: c, image: server, resources: {{requests: {{memory: {memory}}}, limits: {{memory: {memory}}}}}}}]}}}}");
        await Cluster.Until<Pod>(name, p => p.Value.Status?.Phase == "Running", seconds: 60);
    }
}
