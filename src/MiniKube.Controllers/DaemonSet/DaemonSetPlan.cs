using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

/// <summary>One pod on every node that should have one, replaced node by node when the template changes.</summary>
public static class DaemonSetPlan
{
    public const string HashLabel = "controller-revision-hash";
    private const int Burst = 250;

    private static readonly ResourceRef Pods = Resources.RefOf<Pod>();

    public static Plan For(DaemonSetSeen seen)
    {
        if (seen.Selector.IsEverything)
        {
            return Plan.Of(new PlanAction.Emit(seen.Set.Ref, "Warning", "SelectingAll",
                "This daemon set is selecting all pods. A non-empty selector is required."));
        }
        var claims = Ownership.Claim(seen.Set, seen.Selector, seen.Owned, seen.Orphans);
        if (claims.Count > 0) return Plan.Of(new PlanAction.Together(claims));
        if (seen.Set.BeingDeleted) return Plan.Nothing;
        var revisions = new Revisions(seen.Set, seen.Template, seen.OwnedRevisions, HashLabel, seen.Set.Value.Status?.CollisionCount, seen.RevisionNamed);
        if (revisions.Collides)
        {
            var status = seen.Set.Value.Status ?? new();
            return Plan.Of(StatusChange.To(seen.Set, status with { CollisionCount = (status.CollisionCount ?? 0) + 1 }));
        }
        if (revisions.Record() is { } record) return Plan.Of(record);

        var hash = revisions.CurrentHash;
        var fleet = new Fleet(seen, hash);
        var placing = fleet.Placing().ToArray();
        var actions = placing.Length > 0 || !seen.Rolling ? placing : [.. fleet.Replacing()];
        var used = seen.Owned.Select(p => p.Meta.Label(HashLabel)).ToHashSet();
        return Plan.Of([
            .. StatusChange.To(seen.Set, fleet.Status()),
            .. Batch(actions),
            .. revisions.Prune(seen.Spec.RevisionHistoryLimit ?? 10, r => used.Contains(r.Meta.Label(HashLabel))),
        ]).Recheck(fleet.NextAvailable()).Recheck(seen.FailureWaits.Count == 0 ? null : seen.FailureWaits.Values.Min());
    }

    private static IEnumerable<PlanAction> Batch(IReadOnlyList<PlanAction> actions)
    {
        var deletes = actions.OfType<PlanAction.Delete>().Take(Burst).ToArray<PlanAction>();
        var creates = actions.OfType<PlanAction.Create>().Take(Burst).ToArray<PlanAction>();
        foreach (var emit in actions.OfType<PlanAction.Emit>()) yield return emit;
        if (deletes.Length > 0) yield return new PlanAction.Together(deletes);
        if (creates.Length > 0) yield return new PlanAction.Together(creates, SlowStart: true);
    }

    /// <summary>The pods by node, and what follows.</summary>
    private sealed class Fleet
    {
        private readonly DaemonSetSeen seen;
        private readonly string hash;
        private readonly Dictionary<string, List<Item<Pod>>> byNode;
        private readonly List<(Item<Node> Node, bool ShouldRun, bool MayStay, List<Item<Pod>> Pods)> nodes;

        public Fleet(DaemonSetSeen seen, string hash)
        {
            this.seen = seen;
            this.hash = hash;
            byNode = seen.Owned.GroupBy(p => DaemonPlacement.TargetOf(p) ?? "").ToDictionary(g => g.Key, g => g.ToList());
            var spec = seen.Spec.Template?.Spec ?? new();
            nodes = [.. seen.Nodes.OrderBy(n => n.Name, StringComparer.Ordinal).Select(n =>
            {
                var (run, stay) = DaemonPlacement.On(n, spec);
                return (n, run, stay, byNode.GetValueOrDefault(n.Name) ?? []);
            })];
        }

        private int Desired => nodes.Count(n => n.ShouldRun);

        /// <summary>Missing ones made, wrong ones removed.</summary>
        public IEnumerable<PlanAction> Placing()
        {
            foreach (var (node, shouldRun, mayStay, pods) in nodes)
            {
                if (!mayStay)
                {
                    foreach (var pod in pods.Where(p => !p.BeingDeleted)) yield return Delete(pod);
                    continue;
                }
                foreach (var pod in pods.Where(p => p.IsTerminal() && !p.BeingDeleted && !seen.FailureWaits.ContainsKey(p.Uid)))
                {
                    yield return pod.Phase() == "Failed"
                        ? new PlanAction.Emit(seen.Set.Ref, "Warning", "FailedDaemonPod", $"Found failed daemon pod {pod.Key} on node {node.Name}, will try to kill it")
                        : new PlanAction.Emit(seen.Set.Ref, "Normal", "SucceededDaemonPod", $"Found succeeded daemon pod {pod.Key} on node {node.Name}, will try to delete it");
                    yield return Delete(pod);
                }
                var living = pods.Where(p => p.IsActive()).OrderBy(p => p.Meta.Created).ThenBy(p => p.Name, StringComparer.Ordinal).ToArray();
                var keep = seen.MaxSurge(Desired) > 0 && seen.Rolling ? KeptWithSurge(living) : living.Take(1);
                foreach (var pod in living.Except(keep)) yield return Delete(pod);
                if (shouldRun && pods.Count == 0) yield return Create(node.Name);
            }
            // Of nodes that are gone the garbage collection of pods takes care; those never bound can only be seen here.
            var known = nodes.Select(n => n.Node.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var (node, pods) in byNode.Where(p => !known.Contains(p.Key)))
                foreach (var pod in pods.Where(p => !p.BeingDeleted && p.NodeName().Length == 0)) yield return Delete(pod);
        }

        private IEnumerable<Item<Pod>> KeptWithSurge(Item<Pod>[] living)
        {
            var old = living.FirstOrDefault(p => !IsCurrent(p));
            var current = living.FirstOrDefault(IsCurrent);
            if (old is not null) yield return old;
            if (current is not null) yield return current;
        }

        public IEnumerable<PlanAction> Replacing()
        {
            var surge = seen.MaxSurge(Desired);
            return surge > 0 ? Surge(surge) : TakeDown(seen.MaxUnavailable(Desired));
        }

        private IEnumerable<PlanAction> TakeDown(int most)
        {
            var down = 0;
            var candidates = new List<Item<Pod>>();
            foreach (var (_, shouldRun, _, pods) in nodes)
            {
                if (!shouldRun) continue;
                var current = pods.FirstOrDefault(p => IsCurrent(p) && p.IsActive());
                var old = pods.FirstOrDefault(p => !IsCurrent(p) && p.IsActive());
                if (current is not null)
                {
                    if (!IsAvailable(current)) down++;
                }
                else if (old is null)
                {
                    down++;
                }
                else if (!IsAvailable(old))
                {
                    // It serves nobody: replacing it costs nothing.
                    down++;
                    yield return Delete(old);
                }
                else
                {
                    candidates.Add(old);
                }
            }
            foreach (var pod in candidates.Take(Math.Max(0, most - down))) yield return Delete(pod);
        }

        private IEnumerable<PlanAction> Surge(int most)
        {
            var surging = 0;
            var candidates = new List<string>();
            foreach (var (node, shouldRun, _, pods) in nodes)
            {
                if (!shouldRun) continue;
                var current = pods.FirstOrDefault(p => IsCurrent(p) && p.IsActive());
                var old = pods.FirstOrDefault(p => !IsCurrent(p) && p.IsActive());
                if (old is null) continue;
                if (current is null)
                {
                    if (IsAvailable(old)) candidates.Add(node.Name);
                    else yield return Create(node.Name);
                }
                else if (IsAvailable(current))
                {
                    yield return Delete(old);
                }
                else
                {
                    surging++;
                }
            }
            foreach (var node in candidates.Take(Math.Max(0, most - surging))) yield return Create(node);
        }

        public DaemonSetStatus Status()
        {
            int current = 0, desired = 0, misplaced = 0, ready = 0, available = 0, updated = 0;
            foreach (var (_, shouldRun, _, pods) in nodes)
            {
                var there = pods.Where(p => !p.BeingDeleted || !p.IsTerminal()).ToArray();
                if (!shouldRun)
                {
                    if (there.Length > 0) misplaced++;
                    continue;
                }
                desired++;
                if (there.Length == 0) continue;
                current++;
                var shown = there.OrderBy(p => p.Meta.Created).FirstOrDefault(p => p.IsReady()) ?? there[0];
                if (shown.IsReady()) ready++;
                if (IsAvailable(shown)) available++;
                if (there.Any(IsCurrent) && (IsCurrent(shown) || !there.Any(p => !IsCurrent(p)))) updated++;
            }
            return new()
            {
                ObservedGeneration = seen.Set.Meta.Generation,
                CurrentNumberScheduled = current,
                DesiredNumberScheduled = desired,
                NumberMisscheduled = misplaced,
                NumberReady = ready,
                NumberAvailable = available.OrNull(),
                NumberUnavailable = (desired - available).OrNull(),
                UpdatedNumberScheduled = updated.OrNull(),
                CollisionCount = seen.Set.Value.Status?.CollisionCount,
                Conditions = seen.Set.Value.Status?.Conditions,
            };
        }

        public TimeSpan? NextAvailable() => seen.MinReadySeconds == 0
            ? null
            : seen.Owned.Select(p => p.AvailableIn(seen.MinReadySeconds, seen.Now)).Where(t => t > TimeSpan.Zero).Min();

        private bool IsCurrent(Item<Pod> pod) => pod.Meta.Label(HashLabel) == hash;

        private bool IsAvailable(Item<Pod> pod) => pod.IsAvailable(seen.MinReadySeconds, seen.Now);

        private PlanAction.Create Create(string node) => new(Pods, seen.Set.Namespace, DaemonPlacement.Pod(seen, node, hash))
        {
            Announce = new(seen.Set.Ref) { Done = ("SuccessfulCreate", "Created pod: {name}"), Failed = ("FailedCreate", "Error creating: {error}") },
        };

        private PlanAction.Delete Delete(Item<Pod> pod) => new(Pods, pod.Namespace, pod.Name, pod.Uid, null)
        {
            Announce = new(seen.Set.Ref) { Done = ("SuccessfulDelete", "Deleted pod: {name}"), Failed = ("FailedDelete", "Error deleting: {error}") },
        };
    }
}
