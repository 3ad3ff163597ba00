using MiniKube.ControlLoop;

namespace MiniKube.Controllers;

/// <summary>One step of a replacement with downtime: everything old away first, then everything new.</summary>
public static class Recreate
{
    /// <summary>Null while old pods are still running and nothing may be done yet.</summary>
    public static IReadOnlyList<PlanAction>? Step(DeploymentSeen seen, ReplicaSets sets)
    {
        var down = sets.Old.Where(s => s.Wanted() > 0).SelectMany(s => Rollout.Scale(seen, s, 0)).ToArray();
        if (down.Length > 0) return down;
        if (sets.Old.Any(s => seen.PodsOf(s).Any(p => !p.IsTerminal()))) return null;
        return sets.New is { } current ? [.. Rollout.Scale(seen, current, seen.Replicas)] : [.. NewReplicaSet.Create(seen, sets)];
    }
}
