namespace MiniKube.Scheduler;

/// <summary>Where a pod goes, or why it goes nowhere.</summary>
public abstract record PlacementResult
{
    private PlacementResult() { }

    public sealed record On(NodeInfo Node, int Examined) : PlacementResult;

    public sealed record Nowhere(Diagnosis Why) : PlacementResult;
}

/// <summary>Decides for one pod over one snapshot. Start and luck are arguments: the same arguments give the same answer.</summary>
public static class Placement
{
    public static PlacementResult For(PodInfo pod, Snapshot snapshot, Profile profile, Nominations nominated, int start = 0, uint luck = 0)
    {
        var filters = Prepare(pod, snapshot, profile, out var hopeless);
        if (hopeless is { } why) return new PlacementResult.Nowhere(new(snapshot.Count, new(), why.Reason, [why.Plugin]));
        var (only, unseen) = Named(filters);
        var rejected = new List<(int Slot, Rejection Why)>();
        var feasible = new List<int>();

        // A pod that has a node in view, because it preempted or because its volumes are being made there, tries it first and alone.
        if ((nominated.NodeOf(pod.Uid) ?? pod.NominatedNode) is { } own && snapshot.SlotOf(own) is var mine and >= 0 && Check(pod, snapshot.Nodes[mine], filters, nominated) is null)
            return new PlacementResult.On(snapshot.Nodes[mine], 1);

        var slots = only?.Select(snapshot.SlotOf).Where(s => s >= 0).ToArray();
        var count = slots?.Length ?? snapshot.Count;
        var enough = profile.EnoughOf(count);
        var examined = 0;
        for (; examined < count && feasible.Count < enough; examined++)
        {
            var slot = slots is null ? (start + examined) % count : slots[examined];
            if (Check(pod, snapshot.Nodes[slot], filters, nominated) is { } rejection) rejected.Add((slot, rejection));
            else feasible.Add(slot);
        }
        return feasible.Count switch
        {
            0 => new PlacementResult.Nowhere(Diagnose()),
            1 => new PlacementResult.On(snapshot.Nodes[feasible[0]], examined),
            _ => new PlacementResult.On(snapshot.Nodes[Best(pod, snapshot, profile, feasible, luck)], examined),
        };

        // Put together only for those who ask why.
        Diagnosis Diagnose()
        {
            var diagnosis = new Diagnosis(snapshot.Count, new(rejected.Count), null, []) { Unseen = unseen };
            foreach (var (slot, why) in rejected) diagnosis.Add(snapshot.Nodes[slot].Name, why);
            return diagnosis;
        }
    }

    public static (IPreparedFilter Filter, string Name)[] Prepare(PodInfo pod, Snapshot snapshot, Profile profile, out (string Plugin, string Reason)? hopeless)
    {
        hopeless = null;
        var prepared = new List<(IPreparedFilter, string)>(profile.Filters.Count);
        foreach (var filter in profile.Filters)
        {
            if (filter.Prepare(pod, snapshot) is not { } ready) continue;
            if (ready.Hopeless is { } why) hopeless ??= (filter.Name, why);
            prepared.Add((ready, filter.Name));
        }
        return [.. prepared];
    }

    /// <summary>The only nodes to look at, and what is said of the others.</summary>
    private static (IReadOnlySet<string>? Only, string? Unseen) Named((IPreparedFilter Filter, string Name)[] filters)
    {
        foreach (var (filter, name) in filters)
            if (filter.Only is { } only) return (only, $"node(s) didn't satisfy plugin(s) [{name}]");
        return (null, null);
    }

    /// <summary>
    /// The first objection to a node. Where pods of no less importance are promised room, the pod must fit both with them and without,
    /// for it is not sure that they come.
    /// </summary>
    public static Rejection? Check(PodInfo pod, NodeInfo node, (IPreparedFilter Filter, string Name)[] filters, Nominations nominated)
    {
        var promised = nominated.On(node.Name, pod);
        if (promised.Count > 0)
        {
            var full = node;
            var aware = filters;
            foreach (var other in promised)
            {
                full = full.With(other);
                aware = [.. aware.Select(f => (f.Filter.With(node, other, removed: false), f.Name))];
            }
            if (First(full, aware) is { } rejection) return rejection;
        }
        return First(node, filters);
    }

    public static Rejection? First(NodeInfo node, (IPreparedFilter Filter, string Name)[] filters)
    {
        foreach (var (filter, _) in filters)
            if (filter.Check(node) is { } rejection) return rejection;
        return null;
    }

    private static int Best(PodInfo pod, Snapshot snapshot, Profile profile, List<int> feasible, uint luck)
    {
        var totals = new long[feasible.Count];
        var scores = new long[feasible.Count];
        foreach (var (score, weight) in profile.Scores)
        {
            if (score.Prepare(pod, snapshot, feasible) is not { } of) continue;
            for (var i = 0; i < scores.Length; i++) scores[i] = of(feasible[i]);
            score.Normalize(scores);
            for (var i = 0; i < scores.Length; i++) totals[i] += scores[i] * weight;
        }
        var best = totals.Max();
        var equals = totals.Count(t => t == best);
        var pick = (int)(luck % (uint)equals);
        for (var i = 0; i < totals.Length; i++)
            if (totals[i] == best && pick-- == 0) return feasible[i];
        return feasible[0];
    }
}
