using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

/// <summary>The ancestor of ReplicaSets: the same decision, another status.</summary>
public sealed class ReplicationControllerController : Controller<ReplicaSeen>
{
    private readonly Cache<Kinds.Core.ReplicationController> controllers;
    private readonly Cache<Pod> pods;
    private readonly Index<Kinds.Core.ReplicationController> selectors;
    private readonly Index<Pod> owned;
    private readonly Index<Pod> orphans;

    public ReplicationControllerController(Caches caches)
    {
        controllers = caches.Of<Kinds.Core.ReplicationController>();
        pods = caches.Of<Pod>();
        selectors = controllers.BySelector(SelectorOf);
        owned = pods.ByController();
        orphans = pods.OrphansByLabel();
    }

    public override string Name => "replication-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(controllers);
        triggers.OnOwned(pods, "ReplicationController", "");
        triggers.On(pods, c => c.New is { Meta.Controller: null, BeingDeleted: false } orphan
            ? selectors.Selecting(orphan.Meta, SelectorOf).Select(s => s.Key)
            : []);
    }

    protected override ReplicaSeen? Observe(Turn turn)
    {
        if (controllers.Get(turn.Key) is not { } controller) return null;
        var selector = SelectorOf(controller);
        var spec = controller.Value.Spec;
        return new(controller, selector, spec?.Replicas ?? 1, spec?.MinReadySeconds ?? 0, controller.Tree().Map("spec")?.Map("template") ?? [],
            owned[controller.Uid], orphans.Selected(controller.Namespace, selector), turn.Now, turn.LastFailure);
    }

    protected override Plan For(ReplicaSeen seen) => PlanFor(seen);

    public static Plan PlanFor(ReplicaSeen seen)
    {
        var current = ((Item<Kinds.Core.ReplicationController>)seen.Owner).Value.Status;
        return ReplicaSetPlan.For(seen, counts => StatusChange.To(seen.Owner, new ReplicationControllerStatus
        {
            AvailableReplicas = counts.Available.OrNull(),
            Conditions = Failure(current?.Conditions, counts, seen.Now),
            FullyLabeledReplicas = counts.FullyLabeled.OrNull(),
            ObservedGeneration = Math.Max(seen.Owner.Meta.Generation, current?.ObservedGeneration ?? 0),
            ReadyReplicas = counts.Ready.OrNull(),
            Replicas = counts.Replicas,
        }));
    }

    private static IReadOnlyList<ReplicationControllerCondition>? Failure(IReadOnlyList<ReplicationControllerCondition>? current, ReplicaCounts counts,
        DateTimeOffset now)
    {
        var others = (current ?? []).Where(c => c.Type != "ReplicaFailure").ToList();
        if (counts.Failure is { } reason)
        {
            others.Add(current?.FirstOrDefault(c => c.Type == "ReplicaFailure") ?? new()
            {
                Type = "ReplicaFailure", Status = "True", Reason = reason, Message = counts.FailureMessage, LastTransitionTime = now,
            });
        }
        return others.Count == 0 ? null : others;
    }

    private static Selector SelectorOf(Item<Kinds.Core.ReplicationController> controller) => Selectors.OfPairs(controller.Value.Spec?.Selector);
}
