using System.Globalization;
using MiniKube.Kubelet.Files;

namespace MiniKube.Kubelet.Pods;

/// <summary>Takes away what belongs to no pod: containers with the grace their pod had asked for, addresses, directories, mounts, cgroups.</summary>
internal static class Orphans
{
    public static async Task Remove(NodeContext node, Func<string, bool> isKnown, CancellationToken cancel)
    {
        var state = await node.Engine.Observe(null, cancel);
        var orphans = state.Containers.Where(c => !isKnown(c.Pod.Uid)).ToArray();
        await Task.WhenAll(orphans.Where(c => c.Phase == ContainerPhase.Running).Select(c => node.Engine.StopContainer(c.Id, Grace(c), c.Label(Labels.StopSignal) is { Length: > 0 } signal ? signal : null, cancel)));
        foreach (var container in orphans) await node.Remove(container, null, cancel);
        foreach (var sandbox in state.Sandboxes.Where(s => !isKnown(s.Pod.Uid)))
        {
            await node.Network.Detach(sandbox.Id, cancel);
            await node.Engine.RemoveSandbox(sandbox.Id, cancel);
        }
        await node.Network.Reclaim(state.Sandboxes.Where(s => isKnown(s.Pod.Uid)).Select(s => s.Id).ToHashSet(), cancel);

        var directories = Path.Combine(node.Options.DataDir, "pods");
        if (!Directory.Exists(directories)) return;
        foreach (var uid in Directory.GetDirectories(directories).Select(d => Path.GetFileName(d)!))
        {
            if (isKnown(uid)) continue;
            node.Volumes.TearDown(uid);
            foreach (var qos in (ReadOnlySpan<string>)["Guaranteed", "Burstable", "BestEffort"]) CgroupTree.Remove(PodCgroup.Path(node.Options.CgroupRoot, qos, uid));
        }
    }

    private static TimeSpan Grace(ContainerInfo container) =>
        long.TryParse(container.Label(Labels.GracePeriod), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromSeconds(2);
}
