using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Policy;

namespace MiniKube.Controllers;

public sealed class DisruptionController : Controller<DisruptionSeen>
{
    private readonly Cache<PodDisruptionBudget> budgets;
    private readonly Cache<Pod> pods;
    private readonly Cache<Kinds.Apps.ReplicaSet> replicaSets;
    private readonly Cache<Kinds.Apps.Deployment> deployments;
    private readonly Cache<Kinds.Apps.StatefulSet> statefulSets;
    private readonly Cache<Kinds.Core.ReplicationController> replicationControllers;
    private readonly Index<PodDisruptionBudget> selectors;
    private readonly Index<Pod> labels;

    public DisruptionController(Caches caches)
    {
        budgets = caches.Of<PodDisruptionBudget>();
        pods = caches.Of<Pod>();
        replicaSets = caches.Of<Kinds.Apps.ReplicaSet>();
        deployments = caches.Of<Kinds.Apps.Deployment>();
        statefulSets = caches.Of<Kinds.Apps.StatefulSet>();
        replicationControllers = caches.Of<Kinds.Core.ReplicationController>();
        selectors = budgets.BySelector(SelectorOf);
        labels = pods.ByLabel();
    }

    // Upstream's events come from "controllermanager".
    public override string Name => "controllermanager";

    public override string Account => "disruption-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(budgets);
        triggers.On(pods, c => Concerned(c.New).Concat(Concerned(c.Old)).Distinct());
        triggers.On(replicaSets, c => c.Old?.Value.Spec?.Replicas != c.New?.Value.Spec?.Replicas ? In(c.Latest.Namespace) : []);
        triggers.On(deployments, c => c.Old?.Value.Spec?.Replicas != c.New?.Value.Spec?.Replicas ? In(c.Latest.Namespace) : []);
        triggers.On(statefulSets, c => c.Old?.Value.Spec?.Replicas != c.New?.Value.Spec?.Replicas ? In(c.Latest.Namespace) : []);
        triggers.On(replicationControllers, c => c.Old?.Value.Spec?.Replicas != c.New?.Value.Spec?.Replicas ? In(c.Latest.Namespace) : []);
    }

    protected override DisruptionSeen? Observe(Turn turn) => budgets.Get(turn.Key) is { } budget
        ? new(budget, labels.Selected(budget.Namespace, SelectorOf(budget)), OwnerOf, turn.Now)
        {
            PodsAreBehind = pods.Position < budget.Meta.Version - 1, RivalOf = pod => RivalOf(pod, budget),
        }
        : null;

    private string? RivalOf(Item<Pod> pod, Item<PodDisruptionBudget> budget)
    {
        var names = selectors.Selecting(pod.Meta, SelectorOf).Select(b => b.Name).Order(StringComparer.Ordinal).ToArray();
        return names.Length > 1 && names[0] == budget.Name ? names[0] : null;
    }

    protected override Plan For(DisruptionSeen seen) => DisruptionPlan.For(seen);

    private IEnumerable<Key> Concerned(Item<Pod>? pod) => pod is null ? [] : selectors.Selecting(pod.Meta, SelectorOf).Select(b => b.Key);

    private IEnumerable<Key> In(string ns) => budgets.ByNamespace()[ns].Select(b => b.Key);

    private (string, int)? OwnerOf(Item<Pod> pod)
    {
        if (pod.Meta.Controller is not { } owner) return null;
        switch (owner.Kind)
        {
            case "ReplicaSet" when replicaSets.Get(pod.Namespace, owner.Name) is { } set && set.Uid == owner.Uid:
                return set.Meta.Controller is { Kind: "Deployment" } top && deployments.Get(pod.Namespace, top.Name) is { } deployment
                    ? (deployment.Uid, deployment.Value.Spec?.Replicas ?? 1)
                    : (set.Uid, set.Value.Spec?.Replicas ?? 1);
            case "StatefulSet" when statefulSets.Get(pod.Namespace, owner.Name) is { } set && set.Uid == owner.Uid:
                return (set.Uid, set.Value.Spec?.Replicas ?? 1);
            case "ReplicationController" when replicationControllers.Get(pod.Namespace, owner.Name) is { } controller && controller.Uid == owner.Uid:
                return (controller.Uid, controller.Value.Spec?.Replicas ?? 1);
            default:
                return null;
        }
    }

    private static Selector SelectorOf(Item<PodDisruptionBudget> budget) => budget.Value.Spec?.Selector.Parsed() ?? Selector.Nothing;
}
