using System.Globalization;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;

namespace MiniKube.Controllers;

/// <summary>A Deployment that is resized in the middle of a rollout, or while paused: every version keeps its share.</summary>
public static class ProportionalScaling
{
    /// <summary>The wanted number changed since the active ReplicaSets were last sized.</summary>
    public static bool Needed(DeploymentSeen seen, ReplicaSets sets) =>
        sets.Active.Any(s => Annotated(s, Rollout.Desired) is { } desired && desired != seen.Replicas);

    public static IReadOnlyList<PlanAction> Step(DeploymentSeen seen, ReplicaSets sets)
    {
        if (ActiveOrLatest(sets) is { } only)
            return only.Wanted() == seen.Replicas ? [] : [.. Rollout.Scale(seen, only, seen.Replicas)];
        if (IsSaturated(seen, sets.New))
            return [.. sets.Old.Where(s => s.Wanted() > 0).SelectMany(s => Rollout.Scale(seen, s, 0))];
        return seen.RollingUpdate ? Share(seen, sets) : [];
    }

    private static PlanAction[] Share(DeploymentSeen seen, ReplicaSets sets)
    {
        var allowed = seen.Replicas > 0 ? seen.Replicas + seen.MaxSurge : 0;
        var toAdd = allowed - sets.Active.Sum(s => s.Wanted());
        var bySize = sets.Active.OrderByDescending(s => s.Wanted());
        var ordered = (toAdd > 0 ? bySize.ThenByDescending(s => s.Meta.Created) : bySize.ThenBy(s => s.Meta.Created)).ToArray();
        var added = 0;
        var sizes = new int[ordered.Length];
        for (var i = 0; i < ordered.Length; i++)
        {
            var share = Proportion(seen, ordered[i], toAdd, added);
            sizes[i] = ordered[i].Wanted() + share;
            added += share;
        }
        // What rounding left over goes to the biggest.
        if (sizes.Length > 0 && toAdd != 0) sizes[0] = Math.Max(0, sizes[0] + toAdd - added);
        return [.. ordered.SelectMany((s, i) => Rollout.Scale(seen, s, sizes[i]))];
    }

    private static int Proportion(DeploymentSeen seen, Item<ReplicaSet> set, int toAdd, int added)
    {
        if (set.Wanted() == 0 || toAdd == 0 || toAdd == added) return 0;
        var left = toAdd - added;
        var share = Fraction(seen, set);
        return toAdd > 0 ? Math.Min(share, left) : Math.Max(share, left);
    }

    private static int Fraction(DeploymentSeen seen, Item<ReplicaSet> set)
    {
        if (seen.Replicas == 0) return -set.Wanted();
        var most = seen.Replicas + seen.MaxSurge;
        var before = Annotated(set, Rollout.Max) is { } max and > 0 ? max : seen.Status.Replicas ?? 0;
        if (before == 0) return 0;
        return (int)Math.Round((double)set.Wanted() * most / before, MidpointRounding.AwayFromZero) - set.Wanted();
    }

    private static Item<ReplicaSet>? ActiveOrLatest(ReplicaSets sets)
    {
        var active = sets.Active.ToArray();
        return active.Length switch
        {
            0 => sets.New ?? sets.Old.LastOrDefault(),
            1 => active[0],
            _ => null,
        };
    }

    private static bool IsSaturated(DeploymentSeen seen, Item<ReplicaSet>? set) =>
        set is not null && Annotated(set, Rollout.Desired) is { } desired &&
        set.Wanted() == seen.Replicas && desired == seen.Replicas && set.Available() == seen.Replicas;

    private static int? Annotated(Item set, string key) =>
        int.TryParse(set.Meta.Annotation(key), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
