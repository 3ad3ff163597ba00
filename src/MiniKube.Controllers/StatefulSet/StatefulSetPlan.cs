using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

/// <summary>Ordinal by ordinal: what is missing is made, what is too much goes from the top, what is old is replaced from the top.</summary>
public static class StatefulSetPlan
{
    public const string HashLabel = "controller.kubernetes.io/hash";

    public static Plan For(StatefulSetSeen seen)
    {
        if (seen.Selector.IsEverything) return Plan.Nothing;
        var orphans = seen.Orphans.Where(p => seen.OrdinalOf(p) is not null);
        var claims = Ownership.Claim(seen.Set, seen.Selector, seen.Owned, orphans);
        if (claims.Count > 0) return Plan.Of(new PlanAction.Together(claims));

        var revisions = new Revisions(seen.Set, seen.Template, seen.OwnedRevisions, HashLabel, seen.Status.CollisionCount, seen.RevisionNamed);
        if (!seen.Set.BeingDeleted && revisions.Collides)
            return Plan.Of(StatusChange.To(seen.Set, seen.Status with { CollisionCount = (seen.Status.CollisionCount ?? 0) + 1 }));
        if (revisions.Record() is { } record) return seen.Set.BeingDeleted ? Plan.Nothing : Plan.Of(record);
        var update = revisions.Current!;
        var current = revisions.All.FirstOrDefault(r => r.Name == seen.Status.CurrentRevision) ?? update;

        var pods = seen.Owned.Select(p => (Pod: p, Ordinal: seen.OrdinalOf(p))).Where(p => p.Ordinal is not null)
            .ToDictionary(p => p.Ordinal!.Value, p => p.Pod);
        var status = Status(seen, pods.Values, current, update);
        IReadOnlyList<PlanAction> step = seen.Set.BeingDeleted ? [] : [.. Step(seen, pods, current, update)];
        var used = pods.Values.Select(p => p.Meta.Label(StatefulPods.RevisionLabel)).ToHashSet();
        var prune = revisions.Prune(seen.Spec.RevisionHistoryLimit ?? 10, r => r == current || used.Contains(r.Name));
        return Plan.Of([
            .. StatusChange.To(seen.Set, status),
            .. ClaimRetention.Plan(seen, pods.Select(p => (p.Value, p.Key))),
            .. step,
            .. seen.Set.BeingDeleted ? [] : prune,
        ]).Recheck(NextAvailable(seen, pods.Values));
    }

    private static IEnumerable<PlanAction> Step(StatefulSetSeen seen, Dictionary<int, Item<Pod>> pods, Item<ControllerRevision> current,
        Item<ControllerRevision> update)
    {
        for (var ordinal = seen.First; ordinal < seen.First + seen.Replicas; ordinal++)
        {
            if (!pods.TryGetValue(ordinal, out var pod))
            {
                // Below the partition a pod comes back as it was.
                var revision = seen.Rolling && ordinal < seen.First + seen.Partition ? current : update;
                foreach (var action in StatefulPods.Create(seen, ordinal, revision)) yield return action;
                if (seen.Ordered) yield break;
                continue;
            }
            if (pod.IsTerminal() && !pod.BeingDeleted)
            {
                yield return new PlanAction.Emit(seen.Set.Ref, "Warning", "RecreatingFailedPod",
                    $"StatefulSet {seen.Set.Key} is recreating failed Pod {pod.Name}");
                yield return StatefulPods.Delete(seen, pod);
                if (seen.Ordered) yield break;
                continue;
            }
            foreach (var claim in StatefulPods.MissingClaims(seen, ordinal)) yield return claim;
            if (seen.Ordered && !(seen.IsHealthy(pod) && seen.IsAvailable(pod))) yield break;
        }
        var away = pods.Where(p => !seen.IsWanted(p.Key)).OrderByDescending(p => p.Key).Select(p => p.Value).ToArray();
        foreach (var action in ScaleDown(seen, pods, away)) yield return action;
        if (away.Length > 0 && seen.Ordered) yield break;
        if (seen.Rolling)
            foreach (var action in Replace(seen, pods, update)) yield return action;
    }

    private static IEnumerable<PlanAction> ScaleDown(StatefulSetSeen seen, Dictionary<int, Item<Pod>> pods, Item<Pod>[] away)
    {
        var firstUnhealthy = pods.OrderBy(p => p.Key).Select(p => p.Value).FirstOrDefault(p => !seen.IsHealthy(p));
        foreach (var pod in away)
        {
            if (pod.BeingDeleted)
            {
                if (seen.Ordered) yield break;
                continue;
            }
            // One at a time, and while another is unwell only that one.
            if (seen.Ordered && !seen.IsHealthy(pod) && pod != firstUnhealthy) yield break;
            yield return StatefulPods.Delete(seen, pod);
            if (seen.Ordered) yield break;
        }
    }

    private static IEnumerable<PlanAction> Replace(StatefulSetSeen seen, Dictionary<int, Item<Pod>> pods, Item<ControllerRevision> update)
    {
        var wanted = pods.Where(p => seen.IsWanted(p.Key)).OrderByDescending(p => p.Key).ToArray();
        var down = seen.Replicas - wanted.Count(p => seen.IsHealthy(p.Value) && seen.IsAvailable(p.Value));
        foreach (var (ordinal, pod) in wanted)
        {
            if (ordinal < seen.First + seen.Partition) yield break;
            var old = pod.Meta.Label(StatefulPods.RevisionLabel) != update.Name;
            var healthy = seen.IsHealthy(pod) && seen.IsAvailable(pod);
            if (old && !pod.BeingDeleted)
            {
                // One that is down anyway costs nothing; in order, nothing is done above it.
                if (healthy && down >= seen.MaxUnavailable) yield break;
                yield return StatefulPods.Delete(seen, pod);
                if (healthy) down++;
                if (seen.MaxUnavailable == 1) yield break;
            }
            else if (!healthy && seen.MaxUnavailable == 1)
            {
                yield break;
            }
        }
    }

    private static StatefulSetStatus Status(StatefulSetSeen seen, IReadOnlyCollection<Item<Pod>> pods, Item<ControllerRevision> current,
        Item<ControllerRevision> update)
    {
        var existing = pods.Where(p => !p.IsTerminal()).ToArray();
        var updated = existing.Count(p => !p.BeingDeleted && p.Meta.Label(StatefulPods.RevisionLabel) == update.Name);
        var ready = existing.Count(p => p.Phase() == "Running" && p.IsReady());
        var status = new StatefulSetStatus
        {
            ObservedGeneration = seen.Set.Meta.Generation,
            Replicas = existing.Length,
            ReadyReplicas = ready.OrNull(),
            AvailableReplicas = existing.Count(seen.IsAvailable),
            CurrentReplicas = existing.Count(p => !p.BeingDeleted && p.Meta.Label(StatefulPods.RevisionLabel) == current.Name).OrNull(),
            UpdatedReplicas = updated.OrNull(),
            CurrentRevision = current.Name,
            UpdateRevision = update.Name,
            CollisionCount = seen.Status.CollisionCount ?? 0,
            Conditions = seen.Status.Conditions,
        };
        var done = seen.Rolling && updated == seen.Replicas && ready == seen.Replicas && existing.Length == seen.Replicas;
        return done ? status with { CurrentRevision = update.Name, CurrentReplicas = updated.OrNull() } : status;
    }

    private static TimeSpan? NextAvailable(StatefulSetSeen seen, IEnumerable<Item<Pod>> pods) => seen.MinReadySeconds == 0
        ? null
        : pods.Select(p => p.AvailableIn(seen.MinReadySeconds, seen.Now)).Where(t => t > TimeSpan.Zero).Min();
}
