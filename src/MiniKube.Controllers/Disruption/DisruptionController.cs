using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Policy;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed class DisruptionController : FreshController<DisruptionSeen>
{
    private readonly KnownResources resources;
    private readonly IApi api;
    private readonly Cache<PodDisruptionBudget> budgets;
    private readonly Cache<Pod> pods;
    private readonly Cache<Kinds.Apps.ReplicaSet> replicaSets;
    private readonly Cache<Kinds.Apps.Deployment> deployments;
    private readonly Cache<Kinds.Apps.StatefulSet> statefulSets;
    private readonly Cache<Kinds.Core.ReplicationController> replicationControllers;
    private readonly Index<PodDisruptionBudget> selectors;
    private readonly Index<Pod> labels;

    public DisruptionController(Caches caches, KnownResources resources, IApi api)
    {
        (this.resources, this.api) = (resources, api);
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
        triggers.Reads(resources.Definitions);
        triggers.On(pods, c => Concerned(c.New).Concat(Concerned(c.Old)).Distinct());
        triggers.On(replicaSets, c => c.Old?.Value.Spec?.Replicas != c.New?.Value.Spec?.Replicas ? In(c.Latest.Namespace) : []);
        triggers.On(deployments, c => c.Old?.Value.Spec?.Replicas != c.New?.Value.Spec?.Replicas ? In(c.Latest.Namespace) : []);
        triggers.On(statefulSets, c => c.Old?.Value.Spec?.Replicas != c.New?.Value.Spec?.Replicas ? In(c.Latest.Namespace) : []);
        triggers.On(replicationControllers, c => c.Old?.Value.Spec?.Replicas != c.New?.Value.Spec?.Replicas ? In(c.Latest.Namespace) : []);
    }

    protected override async ValueTask<DisruptionSeen?> Observe(Turn turn, CancellationToken cancel)
    {
        if (budgets.Get(turn.Key) is not { } budget) return null;
        var selected = labels.Selected(budget.Namespace, SelectorOf(budget));
        var behind = pods.Position < budget.Meta.Version - 1;
        var custom = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var owner in selected.Select(p => p.Meta.Controller).OfType<Owner>().Where(o => !IsBuiltIn(o)).DistinctBy(o => o.Uid))
            if (await CustomScale(budget.Namespace, owner, cancel) is { } scale) custom[owner.Uid] = scale;
        return new(budget, selected, pod => OwnerOf(pod) ?? (pod.Meta.Controller is { } o && custom.TryGetValue(o.Uid, out var scale) ? (o.Uid, scale) : null), turn.Now)
        {
            PodsAreBehind = behind, RivalOf = pod => RivalOf(pod, budget), Unscalable = Unscalable,
        };
    }

    private static bool IsBuiltIn(Owner owner) => owner is { Group: "apps", Kind: "ReplicaSet" or "StatefulSet" } or { Group: "", Kind: "ReplicationController" };

    /// <summary>The kind of a pod's owner, if its objects have no scale.</summary>
    private string? Unscalable(Item<Pod> pod) =>
        pod.Meta.Controller is { } owner && !IsBuiltIn(owner) && PathOf(owner) is null && resources.OfKind(owner.Group, owner.Kind) is { } type ? type.Ref.ToString() : null;

    /// <summary>Objects of custom kinds are asked for: nobody here follows them.</summary>
    private async ValueTask<int?> CustomScale(string ns, Owner owner, CancellationToken cancel)
    {
        if (PathOf(owner) is not { } path || resources.OfKind(owner.Group, owner.Kind) is not { } type) return null;
        var found = await api.Get(type.Ref, ns, owner.Name, cancel: cancel);
        if (!found.Ok) return null;
        var tree = JsonReader.ReadMap(found.Value.Json.Span);
        return tree.Map("metadata")?.Text("uid") == owner.Uid ? (int?)(tree.Dig(path) as JsonNumber)?.Whole ?? 0 : null;
    }

    private string[]? PathOf(Owner owner) => resources.Definitions.All()
        .FirstOrDefault(d => d.Value.Spec?.Group == owner.Group && d.Value.Spec.Names?.Kind == owner.Kind)?.Value.Spec?.Versions?
        .FirstOrDefault(v => v.Served == true)?.Subresources?.Scale?.SpecReplicasPath?.Split('.', StringSplitOptions.RemoveEmptyEntries);

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
