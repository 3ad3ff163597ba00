using MiniKube.Kinds.Core;

namespace MiniKube.Scheduler;

/// <summary>What only one pod may use at a time: claims for one pod alone, and disks that can't be mounted twice on a node.</summary>
public sealed class VolumeRestrictions(VolumeFacts facts) : IFilter
{
    public string Name => nameof(VolumeRestrictions);

    public IPreparedFilter? Prepare(PodInfo pod, Snapshot snapshot)
    {
        var alone = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, own) in pod.Claims)
        {
            if (facts.Claim(pod.Namespace, name) is not { } claim)
            {
                if (!own) return new Hopeless(Name, $"persistentvolumeclaim \"{name}\" not found");
                continue;
            }
            if (claim.Value.Spec?.AccessModes?.Contains("ReadWriteOncePod") == true) alone.Add(name);
        }
        var disks = (pod.Spec.Volumes ?? []).Where(IsDisk).ToArray();
        if (alone.Count == 0 && disks.Length == 0) return null;
        var users = alone.Count == 0 ? 0 : snapshot.Nodes.Sum(n => n.Pods.Sum(p => Shared(pod, p, alone)));
        return new Prepared(pod, alone, users, disks);
    }

    private static int Shared(PodInfo pod, PodInfo other, HashSet<string> alone) =>
        other.Namespace != pod.Namespace || other.Uid == pod.Uid ? 0 : other.Claims.Count(c => alone.Contains(c.Name));

    private static bool IsDisk(Volume v) => v.GcePersistentDisk is not null || v.AwsElasticBlockStore is not null || v.Rbd is not null || v.Iscsi is not null;

    private static bool Collide(Volume a, Volume b) =>
        a.GcePersistentDisk is { } g && b.GcePersistentDisk is { } h && g.PdName == h.PdName && !(g.ReadOnly == true && h.ReadOnly == true) ||
        a.AwsElasticBlockStore is { } e && b.AwsElasticBlockStore is { } f && e.VolumeID == f.VolumeID ||
        a.Iscsi is { } i && b.Iscsi is { } j && i.Iqn == j.Iqn && !(i.ReadOnly == true && j.ReadOnly == true) ||
        a.Rbd is { } r && b.Rbd is { } s && (r.Monitors ?? []).Intersect(s.Monitors ?? []).Any() && r.Pool == s.Pool && r.Image == s.Image &&
        !(r.ReadOnly == true && s.ReadOnly == true);

    private sealed class Prepared(PodInfo pod, HashSet<string> alone, int users, Volume[] disks) : IPreparedFilter
    {
        public Rejection? Check(NodeInfo node)
        {
            if (disks.Length > 0 && node.Pods.Any(p => (p.Spec.Volumes ?? []).Any(v => disks.Any(d => Collide(d, v)))))
                return Rejection.Of(nameof(VolumeRestrictions), "node(s) had no available disk", resolvable: true);
            return users > 0
                ? Rejection.Of(nameof(VolumeRestrictions), "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode", resolvable: true)
                : null;
        }

        public IPreparedFilter With(NodeInfo node, PodInfo other, bool removed) =>
            Shared(pod, other, alone) is > 0 and var n ? new Prepared(pod, alone, users + (removed ? -n : n), disks) : this;
    }
}
