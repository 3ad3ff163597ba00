using MiniKube.ControlLoop;

namespace MiniKube.Controllers;

/// <summary>Old ReplicaSets beyond the limit, oldest revision first, once they are empty.</summary>
public static class RevisionHistory
{
    public static IEnumerable<PlanAction> Prune(DeploymentSeen seen, ReplicaSets sets)
    {
        if (seen.Spec.RevisionHistoryLimit is not { } limit || limit == int.MaxValue) return [];
        var old = sets.Old.Where(s => !s.BeingDeleted).ToArray();
        return old.OrderBy(NewReplicaSet.RevisionOf).Take(Math.Max(0, old.Length - limit))
            .Where(s => s.Actual() == 0 && s.Wanted() == 0 && s.Meta.Generation <= (s.Value.Status?.ObservedGeneration ?? 0))
            .Select(s => new PlanAction.Delete(Rollout.Sets, s.Namespace, s.Name, s.Uid, null));
    }
}
