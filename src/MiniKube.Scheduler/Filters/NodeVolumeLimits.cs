namespace MiniKube.Scheduler;

/// <summary>A node's storage drivers say how many volumes they can attach there.</summary>
public sealed class NodeVolumeLimits(VolumeFacts known) : IFilter
{
    private readonly VolumeFacts facts = known;

    public string Name => nameof(NodeVolumeLimits);

    public IPreparedFilter? Prepare(PodInfo pod, Snapshot snapshot) => VolumesOf(pod) is { Count: > 0 } wanted ? new Prepared(this, pod, wanted) : null;

    /// <summary>Driver and volume of each claim; a volume that isn't there yet is a new one of its class's driver.</summary>
    private HashSet<(string Driver, string Volume)> VolumesOf(PodInfo pod)
    {
        var volumes = new HashSet<(string, string)>();
        foreach (var (name, _) in pod.Claims)
        {
            if (facts.Claim(pod.Namespace, name)?.Value.Spec is not { } claim) continue;
            if (claim.VolumeName is { Length: > 0 } bound && facts.Volume(bound) is { } volume)
            {
                if (volume.Value.Spec?.Csi is { Driver: { } driver } csi) volumes.Add((driver, csi.VolumeHandle ?? ""));
            }
            else if (claim.StorageClassName is { Length: > 0 } of && facts.Class(of)?.Value.Provisioner is { } provisioner)
            {
                volumes.Add((provisioner, $"{pod.Namespace}/{name}"));
            }
        }
        return volumes;
    }

    private HashSet<(string Driver, string Volume)> AttachedTo(NodeInfo node, PodInfo except)
    {
        var attached = new HashSet<(string, string)>();
        foreach (var pod in node.Pods)
            if (pod.Uid != except.Uid) attached.UnionWith(VolumesOf(pod));
        foreach (var attachment in facts.Attachments(node.Name))
        {
            if (attachment.Value.Spec is { Attacher: { } driver, Source.PersistentVolumeName: { Length: > 0 } name } && facts.Volume(name)?.Value.Spec?.Csi is { } csi)
                attached.Add((driver, csi.VolumeHandle ?? ""));
        }
        return attached;
    }

    private sealed class Prepared(NodeVolumeLimits limits, PodInfo pod, HashSet<(string Driver, string Volume)> wanted) : IPreparedFilter
    {
        public Rejection? Check(NodeInfo node)
        {
            var drivers = limits.facts.Drivers(node.Name)?.Value.Spec?.Drivers ?? [];
            HashSet<(string Driver, string Volume)>? attached = null;
            foreach (var driver in drivers)
            {
                if (driver.Allocatable?.Count is not { } most || !wanted.Any(v => v.Driver == driver.Name)) continue;
                attached ??= limits.AttachedTo(node, pod);
                var more = wanted.Count(v => v.Driver == driver.Name && !attached.Contains(v));
                if (more > 0 && attached.Count(v => v.Driver == driver.Name) + more > most)
                    return Rejection.Of(nameof(NodeVolumeLimits), "node(s) exceed max volume count", resolvable: true);
            }
            return null;
        }
    }
}
