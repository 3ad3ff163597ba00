using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

public sealed class StatefulSetController : Controller<StatefulSetSeen>
{
    private readonly Cache<Kinds.Apps.StatefulSet> sets;
    private readonly Cache<Pod> pods;
    private readonly Cache<PersistentVolumeClaim> claims;
    private readonly Cache<ControllerRevision> revisions;
    private readonly Index<Kinds.Apps.StatefulSet> selectors;
    private readonly Index<Pod> owned;
    private readonly Index<Pod> orphans;
    private readonly Index<ControllerRevision> ownedRevisions;

    public StatefulSetController(Caches caches)
    {
        sets = caches.Of<Kinds.Apps.StatefulSet>();
        pods = caches.Of<Pod>();
        claims = caches.Of<PersistentVolumeClaim>();
        revisions = caches.Of<ControllerRevision>();
        selectors = sets.BySelector(SelectorOf);
        owned = pods.ByController();
        orphans = pods.OrphansByLabel();
        ownedRevisions = revisions.ByController();
    }

    public override string Name => "statefulset-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(sets);
        triggers.OnOwned(pods, "StatefulSet", "apps");
        triggers.OnOwned(revisions, "StatefulSet", "apps");
        triggers.Reads(claims);
        triggers.On(pods, c => c.New is { Meta.Controller: null, BeingDeleted: false } orphan
            ? selectors.Selecting(orphan.Meta, SelectorOf).Select(s => s.Key)
            : []);
    }

    protected override StatefulSetSeen? Observe(Turn turn) => sets.Get(turn.Key) is not { } set
        ? null
        : new(set, owned[set.Uid], orphans.Selected(set.Namespace, SelectorOf(set)), ownedRevisions[set.Uid], turn.Now)
        {
            Claim = name => claims.Get(set.Namespace, name), RevisionNamed = name => revisions.Get(set.Namespace, name),
        };

    protected override Plan For(StatefulSetSeen seen) => StatefulSetPlan.For(seen);

    private static Selector SelectorOf(Item<Kinds.Apps.StatefulSet> set) => set.Value.Spec?.Selector.Parsed() ?? Selector.Nothing;
}
