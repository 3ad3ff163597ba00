using MiniKube.ControlLoop;
using MiniKube.Kinds.Policy;

namespace MiniKube.Scheduler.Extenders;

/// <summary>Placement and preemption where others have a say: what is found here is put to them before it counts.</summary>
public sealed class ExtendedPlacement(IReadOnlyList<Extender> extenders)
{
    // Extenders give up to 10, plugins up to 100.
    private const int Scale = 10;

    /// <summary>An extender without which nothing goes didn't answer.</summary>
    public sealed class Unanswered(string message) : Exception(message);

    public async Task<PlacementResult> Place(PodInfo pod, Snapshot snapshot, Profile profile, Nominations nominated, int start, uint luck, CancellationToken cancel)
    {
        var asked = extenders.Where(e => e.Settings.Concerns(pod)).ToArray();
        if (asked.Length == 0) return Placement.For(pod, snapshot, profile, nominated, start, luck);
        var search = Placement.Search(pod, snapshot, profile, nominated, start, ownFirst: true);
        var (feasible, refused) = await Filter(pod, snapshot, asked, search.Feasible, cancel);
        if (feasible.Count == 0 && search.OwnOnly)
        {
            search = Placement.Search(pod, snapshot, profile, nominated, start, ownFirst: false);
            (feasible, refused) = await Filter(pod, snapshot, asked, search.Feasible, cancel);
        }
        if (feasible.Count == 0)
        {
            var why = search.Why();
            foreach (var (node, rejection) in refused) why.Add(node, rejection);
            return new PlacementResult.Nowhere(why);
        }
        if (feasible.Count == 1) return new PlacementResult.On(snapshot.Nodes[feasible[0]], search.Examined);
        var extra = await Prioritize(pod, snapshot, asked, feasible, cancel);
        return new PlacementResult.On(snapshot.Nodes[Placement.Best(pod, snapshot, profile, feasible, luck, extra)], search.Examined);
    }

    public async Task<PreemptionResult> Preempt(PodInfo pod, Snapshot snapshot, Profile profile, Nominations nominated, Diagnosis why,
        IReadOnlyList<Item<PodDisruptionBudget>> budgets, int offset, CancellationToken cancel)
    {
        var (candidates, message) = PreemptionPlan.Candidates(pod, snapshot, profile, nominated, why, budgets, offset);
        foreach (var extender in extenders.Where(e => e.Settings.PreemptVerb is not null && e.Settings.Concerns(pod)))
        {
            if (candidates.Count == 0) break;
            (candidates, var error) = await extender.Preempt(pod, candidates, cancel);
            if (error is not null && !extender.Settings.Ignorable) throw new Unanswered(error);
        }
        return PreemptionPlan.Choose(candidates, message);
    }

    /// <summary>Whoever binds in the scheduler's place; the text is what went wrong.</summary>
    public Func<CancellationToken, Task<string?>>? BinderOf(PodInfo pod, string node) =>
        extenders.FirstOrDefault(e => e.Settings.BindVerb is not null && e.Settings.Concerns(pod)) is { } binder ? cancel => binder.Bind(pod, node, cancel) : null;

    private static async Task<(IReadOnlyList<int> Feasible, List<(string Node, Rejection Why)> Refused)> Filter(PodInfo pod, Snapshot snapshot,
        Extender[] asked, IReadOnlyList<int> feasible, CancellationToken cancel)
    {
        var refused = new List<(string, Rejection)>();
        foreach (var extender in asked.Where(e => e.Settings.FilterVerb is not null))
        {
            if (feasible.Count == 0) break;
            var nodes = feasible.Select(slot => snapshot.Nodes[slot]).ToArray();
            var (answer, error) = await extender.Filter(pod, nodes, cancel);
            if (answer is null)
            {
                if (extender.Settings.Ignorable) continue;
                throw new Unanswered(error!);
            }
            foreach (var (node, reason) in answer.Failed)
                if (!answer.Hopeless.ContainsKey(node)) refused.Add((node, Rejection.Of(EventHints.Extender, reason, resolvable: true)));
            foreach (var (node, reason) in answer.Hopeless) refused.Add((node, Rejection.Of(EventHints.Extender, reason)));
            feasible = [.. feasible.Where(slot => answer.Nodes.Contains(snapshot.Nodes[slot].Name))];
        }
        return (feasible, refused);
    }

    private static async Task<long[]> Prioritize(PodInfo pod, Snapshot snapshot, Extender[] asked, IReadOnlyList<int> feasible, CancellationToken cancel)
    {
        var nodes = feasible.Select(slot => snapshot.Nodes[slot]).ToArray();
        var scoring = asked.Where(e => e.Settings.PrioritizeVerb is not null).ToArray();
        var answers = await Task.WhenAll(scoring.Select(e => e.Prioritize(pod, nodes, cancel)));
        return [.. nodes.Select(n => answers.Zip(scoring).Sum(a => a.First.GetValueOrDefault(n.Name) * a.Second.Settings.Weight) * Scale)];
    }
}
