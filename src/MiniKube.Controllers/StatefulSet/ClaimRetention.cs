using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>Claims go with whom they are owned by: with the set, with a pod that is scaled away, or with nobody.</summary>
public static class ClaimRetention
{
    public static IEnumerable<PlanAction> Plan(StatefulSetSeen seen, IEnumerable<(Item<Pod> Pod, int Ordinal)> pods)
    {
        if (seen.Spec.PersistentVolumeClaimRetentionPolicy is not { } policy) yield break;
        foreach (var (pod, ordinal) in pods)
        {
            foreach (var (_, name) in StatefulPods.ClaimsOf(seen, ordinal))
            {
                if (seen.Claim(name) is not { BeingDeleted: false } claim) continue;
                var toSet = policy.WhenDeleted == "Delete";
                var toPod = policy.WhenScaled == "Delete" && !seen.IsWanted(ordinal);
                var has = claim.Meta.Owners;
                if (has.Any(o => o.Uid == seen.Set.Uid) == toSet && has.Any(o => o.Uid == pod.Uid) == toPod) continue;
                var others = has.Where(o => o.Uid != seen.Set.Uid && o.Uid != pod.Uid && o.Kind != "Pod").Select(Ownership.Reference);
                IReadOnlyList<JsonMap> references =
                [
                    .. others, .. toSet ? [Ownership.Reference(seen.Set)] : Array.Empty<JsonMap>(),
                    .. toPod ? [Ownership.Reference(pod, controller: !toSet)] : Array.Empty<JsonMap>(),
                ];
                yield return Ownership.References(claim, references);
            }
        }
    }
}
