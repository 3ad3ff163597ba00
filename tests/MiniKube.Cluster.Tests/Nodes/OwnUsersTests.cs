using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Cluster.Tests.Nodes;

/// <summary>What pods get of an engine that can do more than the ordinary.</summary>
[TestFixture]
public sealed class OwnUsersTests : OnSimulatedNode
{
    [Test]
    public async Task With_users_of_its_own_a_pod_may_see_all_of_the_kernel()
    {
        await Run("masked", "", "");
        await Run("one", "hostUsers: false", "securityContext: {procMount: Unmasked}");
        await Run("two", "hostUsers: false", "");
        Assert.That(await Do("masked", "cat", "/proc/self/uid_map"), Does.Match(@"^ +0 +0 +4294967295\n$"));
        var (first, second) = (await Do("one", "cat", "/proc/self/uid_map"), await Do("two", "cat", "/proc/self/uid_map"));
        Assert.That(first, Does.Match(@"^ +0 +\d+ +65536\n$"));
        Assert.That(second, Does.Match(@"^ +0 +\d+ +65536\n$").And.Not.EqualTo(first));
        Assert.That(await Do("one", "cat", "/proc/mounts"), Does.Not.Contain(" /proc/sys ").And.Not.Contain("/proc/kcore"));
        Assert.That(await Do("two", "cat", "/proc/mounts"), Does.Contain(" /proc/sys ").And.Contain("/proc/kcore"));

        // What one leaves behind is had again.
        await Cluster.Delete<Pod>("one");
        await Eventually(async () => await Cluster.Get<Pod>("one") is null, () => "it never goes");
        await Run("three", "hostUsers: false", "");
        Assert.That(await Do("three", "cat", "/proc/self/uid_map"), Is.EqualTo(first));
    }

    [Test]
    public async Task Groups_mounts_and_signals_are_as_asked_for_and_told()
    {
        var pod = await Run("asking", "os: {name: linux}, securityContext: {runAsUser: 7, supplementalGroups: [8], supplementalGroupsPolicy: Strict}, volumes: [{name: v, emptyDir: {}}]",
            "lifecycle: {stopSignal: SIGUSR1}, volumeMounts: [{name: v, mountPath: /v, readOnly: true, recursiveReadOnly: Enabled}]");
        var status = pod.Value.Status!.ContainerStatuses!.Single();
        Assert.That((status.StopSignal, status.VolumeMounts!.Single(m => m.Name == "v").RecursiveReadOnly), Is.EqualTo(("SIGUSR1", "Enabled")));
        Assert.That((status.User!.Linux!.Uid, status.User.Linux.SupplementalGroups!.Single()), Is.EqualTo((7L, 8L)));
        var plain = await Run("plain", "volumes: [{name: v, emptyDir: {}}]", "volumeMounts: [{name: v, mountPath: /v, readOnly: true}]");
        status = plain.Value.Status!.ContainerStatuses!.Single();
        Assert.That((status.StopSignal, status.VolumeMounts!.Single(m => m.Name == "v").RecursiveReadOnly), Is.EqualTo(((string?)null, "Disabled")));
    }

    [Test]
    public async Task The_node_says_what_its_engine_can_do()
    {
        await Cluster.Until<Node>("n", n => n.Value.Status?.RuntimeHandlers is not null, seconds: 60);
        var told = await Cluster.Get<Node>("n");
        Assert.That(told!.Value.Status!.Features!.SupplementalGroupsPolicy, Is.True);
        var handler = told.Value.Status.RuntimeHandlers!.Single();
        Assert.That((handler.Name ?? "", handler.Features!.UserNamespaces, handler.Features.RecursiveReadOnlyMounts), Is.EqualTo(("", true, true)));
    }

    private async Task<Item<Pod>> Run(string name, string spec, string container)
    {
        await Cluster.Create<Pod>($$"""
            apiVersion: v1
            kind: Pod
            metadata: {name: {{name}}}
            spec: {nodeName: n, {{(spec.Length == 0 ? "" : spec + ", ")}}containers: [{name: c, image: server{{(container.Length == 0 ? "" : ", " + container)}}}]}
            """);
        await Cluster.Until<Pod>(name, p => p.Value.Status?.Phase == "Running", seconds: 60);
        return (await Cluster.Get<Pod>(name))!;
    }

    private async Task<string> Do(string name, params string[] command) => await Node.Exec((await Cluster.Get<Pod>(name))!, "c", command);
}
