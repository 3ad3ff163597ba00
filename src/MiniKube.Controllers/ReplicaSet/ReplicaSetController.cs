using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

public sealed class ReplicaSetController : Controller<ReplicaSeen>
{
    private readonly Cache<ReplicaSet> sets;
    private readonly Cache<Pod> pods;
    private readonly Index<ReplicaSet> siblings;
    private readonly Index<ReplicaSet> selectors;
    private readonly Index<Pod> owned;
    private readonly Index<Pod> orphans;

    public ReplicaSetController(Caches caches)
    {
        sets = caches.Of<ReplicaSet>();
        pods = caches.Of<Pod>();
        siblings = sets.ByController();
        selectors = sets.BySelector(SelectorOf);
        owned = pods.ByController();
        orphans = pods.OrphansByLabel();
    }

    public override string Name => "replicaset-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(sets);
        triggers.OnOwned(pods, "ReplicaSet", "apps");
        triggers.On(pods, c => c.New is { Meta.Controller: null, BeingDeleted: false } orphan
            ? selectors.Selecting(orphan.Meta, SelectorOf).Select(s => s.Key)
            : []);
    }

    protected override ReplicaSeen? Observe(Turn turn)
    {
        if (sets.Get(turn.Key) is not { } set) return null;
        var selector = SelectorOf(set);
        var spec = set.Value.Spec;
        return new(set, selector, spec?.Replicas ?? 1, spec?.MinReadySeconds ?? 0, set.Tree().Map("spec")?.Map("template") ?? [],
            owned[set.Uid], orphans.Selected(set.Namespace, selector), turn.Now, turn.LastFailure)
        {
            Siblings = () => set.Meta.Controller is { } deployment ? siblings[deployment.Uid].SelectMany(s => owned[s.Uid]) : owned[set.Uid],
        };
    }

    protected override Plan For(ReplicaSeen seen) => ReplicaSetPlan.For(seen);

    private static Selector SelectorOf(Item<ReplicaSet> set) => set.Value.Spec?.Selector.Parsed() ?? Selector.Nothing;
}
