using MiniKube.ControlLoop;
using MiniKube.Kinds.Policy;

namespace MiniKube.Scheduler;

/// <summary>What preemption found: a node with the pods that must go, or a sentence why not.</summary>
public sealed record PreemptionResult(NodeInfo? Node, IReadOnlyList<PodInfo> Victims, string Message);

/// <summary>A node where room could be made, the pods that would have to go, and how many of them their budgets protect.</summary>
public sealed record PreemptionCandidate(NodeInfo Node, IReadOnlyList<PodInfo> Victims, int BrokenBudgets);

/// <summary>
/// Makes room for an important pod at the expense of less important ones: on the node where that hurts least, and there only those
/// pods that really must go.
/// </summary>
public static class PreemptionPlan
{
    public static PreemptionResult For(PodInfo pod, Snapshot snapshot, Profile profile, Nominations nominated, Diagnosis why,
        IReadOnlyList<Item<PodDisruptionBudget>> budgets, int offset)
    {
        var (candidates, message) = Candidates(pod, snapshot, profile, nominated, why, budgets, offset);
        return Choose(candidates, message);
    }

    /// <summary>Enough nodes where room could be made, or a sentence why there is none.</summary>
    public static (IReadOnlyList<PreemptionCandidate> Candidates, string Message) Candidates(PodInfo pod, Snapshot snapshot, Profile profile,
        Nominations nominated, Diagnosis why, IReadOnlyList<Item<PodDisruptionBudget>> budgets, int offset)
    {
        if (NotEligible(pod, snapshot, why) is { } reason) return ([], $"preemption: {reason}");
        var filters = Placement.Prepare(pod, snapshot, profile, out _);
        var fates = new List<string>();
        var candidates = new List<PreemptionCandidate>();
        var possible = snapshot.Nodes.Where(n => why.ByNode.TryGetValue(n.Name, out var r) && r.Resolvable).ToArray();
        fates.AddRange(Enumerable.Repeat("Preemption is not helpful for scheduling", snapshot.Count - possible.Length));
        var enough = Math.Max(profile.FewestCandidates, possible.Length * profile.CandidatesPercent / 100);
        for (var i = 0; i < possible.Length && candidates.Count < enough; i++)
        {
            var node = possible[(offset + i) % possible.Length];
            if (Try(pod, node, filters, nominated, budgets) is { } candidate) candidates.Add(candidate);
            else fates.Add("No preemption victims found for incoming pod");
        }
        return (candidates, candidates.Count > 0 ? "" : $"preemption: {Diagnosis.Sentence(snapshot.Count, fates)}.");
    }

    public static PreemptionResult Choose(IReadOnlyList<PreemptionCandidate> candidates, string message)
    {
        if (candidates.Count == 0) return new(null, [], message);
        var best = candidates.Aggregate((a, b) => Compare(b, a) < 0 ? b : a);
        return new(best.Node, best.Victims, "");
    }

    private static string? NotEligible(PodInfo pod, Snapshot snapshot, Diagnosis why)
    {
        if (pod.Spec.PreemptionPolicy == "Never") return "not eligible due to preemptionPolicy=Never.";
        // Where room is being made already, more victims would be too many; unless the node has become one where no room helps.
        if (pod.NominatedNode is { } node && !(why.ByNode.TryGetValue(node, out var rejection) && !rejection.Resolvable) &&
            snapshot.Find(node)?.Pods.Any(p => p.Priority < pod.Priority && IsVictim(p)) == true)
            return "not eligible due to a terminating pod on the nominated node.";
        return null;
    }

    private static bool IsVictim(PodInfo pod) => pod.Item.BeingDeleted &&
        pod.Item.Value.Status?.Conditions?.Any(c => c is { Type: "DisruptionTarget", Status: "True", Reason: "PreemptionByScheduler" }) == true;

    private static PreemptionCandidate? Try(PodInfo pod, NodeInfo node, (IPreparedFilter Filter, string Name)[] filters, Nominations nominated,
        IReadOnlyList<Item<PodDisruptionBudget>> budgets)
    {
        var lesser = node.Pods.Where(p => p.Priority < pod.Priority).ToArray();
        if (lesser.Length == 0) return null;
        var bare = node;
        var aware = filters;
        foreach (var victim in lesser) (bare, aware) = (bare.Without(victim.Uid), Adjust(aware, node, victim, removed: true));
        if (Placement.Check(pod, bare, aware, nominated) is not null) return null;

        // Everybody who can stay stays: first those whose budget would be broken, the important ones before the others.
        var (breaking, harmless) = Split(lesser, budgets);
        var victims = new List<PodInfo>();
        var broken = 0;
        foreach (var (victim, breaks) in breaking.Select(v => (v, true)).Concat(harmless.Select(v => (v, false))))
        {
            var (fuller, with) = (bare.With(victim), Adjust(aware, node, victim, removed: false));
            if (Placement.Check(pod, fuller, with, nominated) is null)
            {
                (bare, aware) = (fuller, with);
                continue;
            }
            victims.Add(victim);
            if (breaks) broken++;
        }
        return victims.Count == 0 ? null : new(node, victims, broken);
    }

    private static (IPreparedFilter, string)[] Adjust((IPreparedFilter Filter, string Name)[] filters, NodeInfo node, PodInfo other, bool removed) =>
        [.. filters.Select(f => (f.Filter.With(node, other, removed), f.Name))];

    private static (IReadOnlyList<PodInfo> Breaking, IReadOnlyList<PodInfo> Harmless) Split(PodInfo[] pods, IReadOnlyList<Item<PodDisruptionBudget>> budgets)
    {
        var allowed = budgets.ToDictionary(b => b, b => b.Value.Status?.DisruptionsAllowed ?? 0);
        var breaking = new List<PodInfo>();
        var harmless = new List<PodInfo>();
        foreach (var pod in pods.OrderByDescending(p => p.Priority).ThenBy(p => p.Started))
        {
            var breaks = false;
            foreach (var budget in budgets)
            {
                if (budget.Namespace != pod.Namespace || budget.Value.Spec?.Selector.Parsed() is not { } selector || !selector.Matches(pod.Labels)) continue;
                if (budget.Value.Status?.DisruptedPods?.ContainsKey(pod.Name) == true) continue;
                if (--allowed[budget] < 0) breaks = true;
            }
            (breaks ? breaking : harmless).Add(pod);
        }
        return (breaking, harmless);
    }

    /// <summary>Fewer broken budgets, then a less important greatest victim, less importance in sum, fewer victims, younger ones.</summary>
    private static int Compare(PreemptionCandidate a, PreemptionCandidate b)
    {
        var order = a.BrokenBudgets.CompareTo(b.BrokenBudgets);
        if (order == 0) order = Top(a).CompareTo(Top(b));
        if (order == 0) order = a.Victims.Sum(Weight).CompareTo(b.Victims.Sum(Weight));
        if (order == 0) order = a.Victims.Count.CompareTo(b.Victims.Count);
        if (order == 0) order = -EarliestOfTop(a).CompareTo(EarliestOfTop(b));
        return order;
    }

    private static int Top(PreemptionCandidate c) => c.Victims.Count == 0 ? int.MinValue : c.Victims.Max(v => v.Priority);

    // Negative priorities would make many victims cheaper than one.
    private static long Weight(PodInfo pod) => (long)pod.Priority + int.MaxValue + 1L;

    private static DateTimeOffset EarliestOfTop(PreemptionCandidate c)
    {
        var top = Top(c);
        return c.Victims.Where(v => v.Priority == top).Select(v => v.Started).DefaultIfEmpty().Min();
    }
}
