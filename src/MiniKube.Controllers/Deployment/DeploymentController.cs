using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

public sealed class DeploymentController : Controller<DeploymentSeen>
{
    private readonly Cache<Deployment> deployments;
    private readonly Cache<ReplicaSet> sets;
    private readonly Index<Deployment> selectors;
    private readonly Index<ReplicaSet> owned;
    private readonly Index<ReplicaSet> orphans;
    private readonly Cache<Pod> pods;
    private readonly Index<Pod> podsOf;

    public DeploymentController(Caches caches)
    {
        deployments = caches.Of<Deployment>();
        selectors = deployments.BySelector(SelectorOf);
        sets = caches.Of<ReplicaSet>();
        owned = sets.ByController();
        orphans = sets.OrphansByLabel();
        pods = caches.Of<Pod>();
        podsOf = pods.ByController();
    }

    public override string Name => "deployment-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(deployments);
        triggers.OnOwned(sets, "Deployment", "apps");
        triggers.On(sets, c => c.New is { Meta.Controller: null, BeingDeleted: false } orphan
            ? selectors.Selecting(orphan.Meta, SelectorOf).Select(d => d.Key)
            : []);
        // Recreate waits for the last old pod to be gone.
        triggers.On(pods, c => c.New is null || c.New.IsTerminal() ? DeploymentOf(c.Latest) : []);
    }

    protected override DeploymentSeen? Observe(Turn turn) => deployments.Get(turn.Key) is not { } deployment
        ? null
        : new(deployment, owned[deployment.Uid], orphans.Selected(deployment.Namespace, SelectorOf(deployment)), turn.Now, turn.LastFailure)
        {
            PodsOf = set => podsOf[set.Uid],
            Named = name => sets.Get(deployment.Namespace, name),
        };

    protected override Plan For(DeploymentSeen seen) => DeploymentPlan.For(seen);

    private IEnumerable<Key> DeploymentOf(Item<Pod> pod)
    {
        if (pod.Meta.Controller is not { Kind: "ReplicaSet" } owner) yield break;
        if (sets.Get(pod.Namespace, owner.Name)?.Meta.Controller is not { Kind: "Deployment" } top) yield break;
        if (deployments.Get(pod.Namespace, top.Name) is { Value.Spec.Strategy.Type: "Recreate" } deployment) yield return deployment.Key;
    }

    private static Selector SelectorOf(Item<Deployment> deployment) => deployment.Value.Spec?.Selector.Parsed() ?? Selector.Nothing;
}
