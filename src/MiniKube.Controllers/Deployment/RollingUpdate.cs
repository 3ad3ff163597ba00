using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;

namespace MiniKube.Controllers;

/// <summary>One step of a rolling update: up to the surge, or down as far as availability allows.</summary>
public static class RollingUpdate
{
    public static IReadOnlyList<PlanAction> Step(DeploymentSeen seen, ReplicaSets sets)
    {
        var up = ScaleNew(seen, sets).ToArray();
        return up.Length > 0 ? up : [.. ScaleOld(seen, sets)];
    }

    private static IEnumerable<PlanAction> ScaleNew(DeploymentSeen seen, ReplicaSets sets)
    {
        var size = sets.New!.Wanted();
        if (size == seen.Replicas) return [];
        return Rollout.Scale(seen, sets.New!, size > seen.Replicas ? seen.Replicas : Rollout.SizeOfNew(seen, sets));
    }

    private static IEnumerable<PlanAction> ScaleOld(DeploymentSeen seen, ReplicaSets sets)
    {
        if (sets.Old.Sum(s => s.Wanted()) == 0) return [];
        var least = seen.Replicas - seen.MaxUnavailable;
        // Pods of the new version that are still coming must be counted as missing, or a broken version would eat up the old one.
        var newMissing = sets.New!.Wanted() - Staying(sets.New!);
        var spare = sets.All.Sum(s => s.Wanted()) - least - newMissing;
        if (spare <= 0) return [];

        var sizes = sets.Old.ToDictionary(s => s, s => s.Wanted());
        DropUnhealthy(sets.Old, sizes, spare);
        DropAvailable(sets, sizes, sets.All.Sum(Staying) - least);
        return sizes.Where(s => s.Value != s.Key.Wanted()).SelectMany(s => Rollout.Scale(seen, s.Key, s.Value));
    }

    // Of a set that is still shrinking some available pods are about to go: they must not be counted a second time.
    private static int Staying(Item<ReplicaSet> set) => Math.Min(set.Wanted(), set.Available());

    /// <summary>Pods that serve nobody go first, without a look at availability.</summary>
    private static void DropUnhealthy(IReadOnlyList<Item<ReplicaSet>> old, Dictionary<Item<ReplicaSet>, int> sizes, int spare)
    {
        foreach (var set in old)
        {
            if (spare <= 0) return;
            var drop = Math.Min(spare, set.Wanted() - Staying(set));
            if (set.Wanted() == 0 || drop <= 0) continue;
            sizes[set] -= drop;
            spare -= drop;
        }
    }

    private static void DropAvailable(ReplicaSets sets, Dictionary<Item<ReplicaSet>, int> sizes, int spare)
    {
        foreach (var set in sets.Old)
        {
            if (spare <= 0) return;
            var drop = Math.Min(spare, sizes[set]);
            sizes[set] -= drop;
            spare -= drop;
        }
    }
}
