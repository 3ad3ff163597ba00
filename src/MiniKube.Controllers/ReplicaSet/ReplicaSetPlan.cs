using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

/// <summary>As many active pods as wanted, no matter why some are missing or too many.</summary>
public static class ReplicaSetPlan
{
    /// <summary>No single look creates or deletes more than this.</summary>
    private const int Burst = 500;

    private static readonly ResourceRef Pods = Resources.RefOf<Pod>();

    public static Plan For(ReplicaSeen seen)
    {
        var current = ((Item<ReplicaSet>)seen.Owner).Value.Status;
        return For(seen, counts => StatusChange.To(seen.Owner, new ReplicaSetStatus
        {
            AvailableReplicas = counts.Available.OrNull(),
            Conditions = FailureCondition.Of(current?.Conditions, counts, seen.Now),
            FullyLabeledReplicas = counts.FullyLabeled.OrNull(),
            ObservedGeneration = Math.Max(seen.Owner.Meta.Generation, current?.ObservedGeneration ?? 0),
            ReadyReplicas = counts.Ready.OrNull(),
            Replicas = counts.Replicas,
            TerminatingReplicas = counts.Terminating,
        }));
    }

    public static Plan For(ReplicaSeen seen, Func<ReplicaCounts, IEnumerable<PlanAction>> status)
    {
        var claims = Ownership.Claim(seen.Owner, seen.Selector, seen.Owned, seen.Orphans);
        if (claims.Count > 0) return Plan.Of(new PlanAction.Together(claims));

        var mine = seen.Owned.Where(p => seen.Selector.Matches(p.Meta.Labels)).ToArray();
        var active = mine.Where(p => p.IsActive()).ToArray();
        var change = seen.Owner.BeingDeleted ? 0 : seen.Replicas - active.Length;
        var actions = new List<PlanAction>(status(Count(seen, mine, active, change)));
        if (change > 0) actions.Add(Create(seen, Math.Min(change, Burst)));
        if (change < 0) actions.Add(Delete(seen, active, Math.Min(-change, Burst)));
        return new Plan(actions).Recheck(NextAvailable(seen, active));
    }

    private static PlanAction.Together Create(ReplicaSeen seen, int count)
    {
        var pod = PodTemplates.Pod(seen.Template, seen.Owner);
        var create = new PlanAction.Create(Pods, seen.Owner.Namespace, pod)
        {
            Announce = new(seen.Owner.Ref)
            {
                Done = ("SuccessfulCreate", "Created pod: {name}"),
                Failed = ("FailedCreate", "Error creating: {error}"),
            },
        };
        return new([.. Enumerable.Repeat(create, count)], SlowStart: true);
    }

    private static PlanAction.Together Delete(ReplicaSeen seen, Item<Pod>[] active, int count) =>
        new([.. PodRanking.ToDelete(active, count, seen.Siblings?.Invoke() ?? active, seen.Now).Select(pod =>
            new PlanAction.Delete(Pods, pod.Namespace, pod.Name, pod.Uid, null)
            {
                Announce = new(seen.Owner.Ref)
                {
                    Done = ("SuccessfulDelete", "Deleted pod: {name}"),
                    Failed = ("FailedDelete", "Error deleting: {error}"),
                },
            })]);

    private static ReplicaCounts Count(ReplicaSeen seen, Item<Pod>[] mine, Item<Pod>[] active, int change)
    {
        var labels = seen.Template.Map("metadata")?.Map("labels") ?? [];
        var failed = seen.LastFailure is not null && change != 0;
        return new(
            active.Length,
            active.Count(p => labels.All(l => p.Meta.Label(l.Key) == (l.Value as Machinery.JsonText)?.Value)),
            active.Count(p => p.IsReady()),
            active.Count(p => p.IsAvailable(seen.MinReadySeconds, seen.Now)),
            mine.Count(p => p.IsTerminating()),
            failed ? change > 0 ? "FailedCreate" : "FailedDelete" : null,
            seen.LastFailure?.Message);
    }

    private static TimeSpan? NextAvailable(ReplicaSeen seen, Item<Pod>[] active) => seen.MinReadySeconds == 0
        ? null
        : active.Select(p => p.AvailableIn(seen.MinReadySeconds, seen.Now)).Where(t => t > TimeSpan.Zero).Min();
}
