namespace MiniKube.Scheduler;

/// <summary>Where a pod goes, or why it goes nowhere.</summary>
public abstract record PlacementResult
{
    private PlacementResult() { }

    public sealed record On(NodeInfo Node, int Examined) : PlacementResult;

    public sealed record Nowhere(Diagnosis Why) : PlacementResult;
}

/// <summary>Which nodes would do, by slot. Why is put together only for those who ask.</summary>
public sealed record SearchResult(IReadOnlyList<int> Feasible, int Examined, Func<Diagnosis> Why)
{
    /// <summary>Only the node that the pod has in view was looked at.</summary>
    public bool OwnOnly { get; init; }
}

/// <summary>Decides for one pod over one snapshot. Start and luck are arguments: the same arguments give the same answer.</summary>
public static class Placement
{
    public static PlacementResult For(PodInfo pod, Snapshot snapshot, Profile profile, Nominations nominated, int start = 0, uint luck = 0)
    {
        var search = Search(pod, snapshot, profile, nominated, start, ownFirst: true);
        return search.Feasible.Count switch
        {
            0 => new PlacementResult.Nowhere(search.Why()),
            1 => new PlacementResult.On(snapshot.Nodes[search.Feasible[0]], search.Examined),
            _ => new PlacementResult.On(snapshot.Nodes[Best(pod, snapshot, profile, search.Feasible, luck)], search.Examined),
        };
    }

    /// <summary>The slots of enough feasible nodes; a pod that has a node in view may be content with that one.</summary>
    public static SearchResult Search(PodInfo pod, Snapshot snapshot, Profile profile, Nominations nominated, int start, bool ownFirst)
    {
        var filters = Prepare(pod, snapshot, profile, out var hopeless);
        if (hopeless is { } why) return new([], 0, () => new(snapshot.Count, new(), why.Reason, [why.Plugin]));
        var (only, unseen) = Named(filters);

        // A pod that has a node in view, because it preempted or because its volumes are being made there, tries it first and alone.
        if (ownFirst && (nominated.NodeOf(pod.Uid) ?? pod.NominatedNode) is { } own && snapshot.SlotOf(own) is var mine and >= 0 &&
            Check(pod, snapshot.Nodes[mine], filters, nominated) is null) return new([mine], 1, () => new(snapshot.Count, new(), null, [])) { OwnOnly = true };

        var rejected = new List<(int Slot, Rejection Why)>();
        var feasible = new List<int>();
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
        return new(feasible, examined, Diagnose);

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

    /// <summary>The slot of the best of several feasible nodes. Others may have given points of their own, one number for each.</summary>
    public static int Best(PodInfo pod, Snapshot snapshot, Profile profile, IReadOnlyList<int> feasible, uint luck, long[]? extra = null)
    {
        var totals = extra ?? new long[feasible.Count];
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
