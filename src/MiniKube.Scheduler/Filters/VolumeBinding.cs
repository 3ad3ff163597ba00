using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Scheduler;

/// <summary>What is known of claims and volumes: caches here, fixed lists in tests.</summary>
public sealed record VolumeFacts(Func<string, string, Item<PersistentVolumeClaim>?> Claim, Func<string, Item<PersistentVolume>?> Volume,
    Func<string, bool> WaitsForConsumer)
{
    public static readonly VolumeFacts None = new((_, _) => null, _ => null, _ => false);
}

/// <summary>A pod runs only where its volumes can be; claims that wait for their first consumer don't hold it up.</summary>
public sealed class VolumeBinding(VolumeFacts facts) : IFilter
{
    public string Name => nameof(VolumeBinding);

    public IPreparedFilter? Prepare(PodInfo pod, Snapshot snapshot)
    {
        var volumes = new List<Item<PersistentVolume>>();
        foreach (var volume in pod.Spec.Volumes ?? [])
        {
            var name = volume.PersistentVolumeClaim?.ClaimName ?? (volume.Ephemeral is null ? null : $"{pod.Name}-{volume.Name}");
            if (name is null) continue;
            if (facts.Claim(pod.Namespace, name) is not { } claim)
            {
                return new Hopeless(volume.Ephemeral is null
                    ? $"persistentvolumeclaim \"{name}\" not found"
                    : $"waiting for ephemeral volume controller to create the persistentvolumeclaim \"{name}\"");
            }
            if (claim.BeingDeleted) return new Hopeless($"persistentvolumeclaim \"{name}\" is being deleted");
            if (claim.Value.Status?.Phase == "Lost") return new Hopeless($"persistentvolumeclaim \"{name}\" bound to non-existent persistentvolume \"{claim.Value.Spec?.VolumeName}\"");
            if (claim.Value.Spec?.VolumeName is { Length: > 0 } bound)
            {
                if (facts.Volume(bound) is { } found) volumes.Add(found);
            }
            else if (claim.Value.Spec?.StorageClassName is not { Length: > 0 } storageClass || !facts.WaitsForConsumer(storageClass))
            {
                return new Hopeless("pod has unbound immediate PersistentVolumeClaims");
            }
        }
        var limited = volumes.Where(v => v.Value.Spec?.NodeAffinity?.Required is not null).ToArray();
        return limited.Length == 0 ? null : new Prepared(limited);
    }

    private sealed class Hopeless(string why) : IPreparedFilter
    {
        string? IPreparedFilter.Hopeless => why;
        public Rejection? Check(NodeInfo node) => Rejection.Of(nameof(VolumeBinding), why);
    }

    private sealed class Prepared(Item<PersistentVolume>[] volumes) : IPreparedFilter
    {
        public Rejection? Check(NodeInfo node)
        {
            foreach (var volume in volumes)
                if (!NodeAffinity.Matches(volume.Value.Spec!.NodeAffinity!.Required!, node.Name, node.Labels))
                    return Rejection.Of(nameof(VolumeBinding), "node(s) had volume node affinity conflict");
            return null;
        }
    }
}
