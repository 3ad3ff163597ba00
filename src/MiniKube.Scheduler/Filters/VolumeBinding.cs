using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Scheduler;

/// <summary>A pod runs only where its volumes are or can come to be.</summary>
public sealed class VolumeBinding(VolumeFacts facts) : IFilter
{
    public const string NothingToBind = "node(s) didn't find available persistent volumes to bind";
    public const string NotEnoughSpace = "node(s) did not have enough free storage";

    public string Name => nameof(VolumeBinding);

    public IPreparedFilter? Prepare(PodInfo pod, Snapshot snapshot)
    {
        var (claims, hopeless) = PodClaims.Of(pod, facts);
        if (hopeless is not null) return new Hopeless(nameof(VolumeBinding), hopeless);
        if (claims.Bound.Count + claims.Waiting.Count == 0) return null;
        var volumes = claims.Bound.Select(c => facts.Volume(c.Value.Spec!.VolumeName!)).ToArray();
        var limited = volumes.Where(v => v?.Value.Spec?.NodeAffinity?.Required is not null).Select(v => v!).ToArray();
        return new Prepared(facts, limited, volumes.Contains(null), claims.Waiting);
    }

    private sealed class Prepared(VolumeFacts facts, Item<PersistentVolume>[] limited, bool missing, IReadOnlyList<Item<PersistentVolumeClaim>> waiting) : IPreparedFilter
    {
        public Rejection? Check(NodeInfo node)
        {
            if (missing) return Rejection.Of(nameof(VolumeBinding), "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)");
            foreach (var volume in limited)
                if (!NodeMatch.Matches(volume.Value.Spec!.NodeAffinity!.Required!, node.Name, node.Labels))
                    return Rejection.Of(nameof(VolumeBinding), "node(s) had volume node affinity conflict");
            return waiting.Count > 0 && VolumeChoice.On(node, waiting, facts).Reason is { } reason ? Rejection.Of(nameof(VolumeBinding), reason) : null;
        }
    }
}
