using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>Changes of a ReplicaSet's size, with the annotations that remember what the Deployment wanted at that time.</summary>
public static class Rollout
{
    public const string HashLabel = "pod-template-hash";
    public const string Desired = "deployment.kubernetes.io/desired-replicas";
    public const string Max = "deployment.kubernetes.io/max-replicas";

    public static readonly ResourceRef Sets = Resources.RefOf<ReplicaSet>();

    /// <summary>Nothing when size and annotations are already so.</summary>
    public static IEnumerable<PlanAction> Scale(DeploymentSeen seen, Item<ReplicaSet> set, int size)
    {
        var sizeDiffers = set.Wanted() != size;
        if (!sizeDiffers && AnnotationsCurrent(seen, set)) yield break;
        yield return new PlanAction.Patch(Sets, set.Namespace, set.Name, set.Uid, set.Meta.ResourceVersion, new JsonMap
        {
            {
                "metadata", new JsonMap { { "annotations", SizeAnnotations(seen) } }
            },
            { "spec", new JsonMap { { "replicas", size } } },
        })
        {
            Announce = sizeDiffers ? Announce(seen, set.Name, set.Wanted(), size) : null,
        };
    }

    public static Announcement Announce(DeploymentSeen seen, string set, int from, int to) => new(seen.Deployment.Ref)
    {
        Done = ("ScalingReplicaSet", $"Scaled {(to > from ? "up" : "down")} replica set {set} from {from} to {to}"),
    };

    public static JsonMap SizeAnnotations(DeploymentSeen seen) => new()
    {
        { Desired, $"{seen.Replicas}" }, { Max, $"{seen.Replicas + seen.MaxSurge}" },
    };

    private static bool AnnotationsCurrent(DeploymentSeen seen, Item<ReplicaSet> set) =>
        set.Meta.Annotation(Desired) == $"{seen.Replicas}" && set.Meta.Annotation(Max) == $"{seen.Replicas + seen.MaxSurge}";

    /// <summary>How big the new ReplicaSet may be now.</summary>
    public static int SizeOfNew(DeploymentSeen seen, ReplicaSets sets)
    {
        var current = sets.New?.Wanted() ?? 0;
        if (!seen.RollingUpdate) return seen.Replicas;
        // A set that is still shrinking has more pods than it wants: they count until they are gone, or the surge would be exceeded.
        var total = sets.All.Sum(s => Math.Max(s.Wanted(), s.Actual()));
        var most = seen.Replicas + seen.MaxSurge;
        if (total >= most) return current;
        return current + Math.Min(most - total, seen.Replicas - current);
    }
}
