using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

public sealed class DaemonSetController : Controller<DaemonSetSeen>
{
    private readonly Cache<Kinds.Apps.DaemonSet> sets;
    private readonly Cache<Pod> pods;
    private readonly Cache<Node> nodes;
    private readonly Cache<ControllerRevision> revisions;
    private readonly Index<Kinds.Apps.DaemonSet> selectors;
    private readonly Index<Pod> owned;
    private readonly Index<Pod> orphans;
    private readonly Index<ControllerRevision> ownedRevisions;
    private readonly DaemonFailures failures = new();

    public DaemonSetController(Caches caches)
    {
        sets = caches.Of<Kinds.Apps.DaemonSet>();
        pods = caches.Of<Pod>();
        nodes = caches.Of<Node>();
        revisions = caches.Of<ControllerRevision>();
        selectors = sets.BySelector(SelectorOf);
        owned = pods.ByController();
        orphans = pods.OrphansByLabel();
        ownedRevisions = revisions.ByController();
    }

    public override string Name => "daemonset-controller";

    public override string Account => "daemon-set-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(sets);
        triggers.OnOwned(pods, "DaemonSet", "apps");
        triggers.OnOwned(revisions, "DaemonSet", "apps");
        triggers.On(nodes, c => MattersTo(c) ? sets.All().Select(s => s.Key) : []);
        triggers.On(pods, c => c.New is { Meta.Controller: null, BeingDeleted: false } orphan
            ? selectors.Selecting(orphan.Meta, SelectorOf).Select(s => s.Key)
            : []);
    }

    /// <summary>Only labels and taints of a node decide; heartbeats don't.</summary>
    private static bool MattersTo(Change<Node> change)
    {
        if (change is not { Old: { } old, New: { } now }) return true;
        return !old.Meta.Labels.SequenceEqual(now.Meta.Labels) ||
            !(old.Value.Spec?.Taints ?? []).SequenceEqual(now.Value.Spec?.Taints ?? []) || old.Value.Spec?.Unschedulable != now.Value.Spec?.Unschedulable;
    }

    protected override DaemonSetSeen? Observe(Turn turn)
    {
        if (sets.Get(turn.Key) is not { } set)
        {
            failures.Forget(turn.Key.ToString());
            return null;
        }
        var pods = owned[set.Uid];
        return new(set, pods, orphans.Selected(set.Namespace, SelectorOf(set)), nodes.All(), ownedRevisions[set.Uid], turn.Now)
        {
            RevisionNamed = name => revisions.Get(set.Namespace, name),
            FailureWaits = pods.Where(p => p.Phase() == "Failed" && !p.BeingDeleted)
                .Select(p => (p.Uid, Wait: failures.WaitFor(turn.Key.ToString(), p, turn.Now))).Where(w => w.Wait > TimeSpan.Zero).ToDictionary(w => w.Uid, w => w.Wait),
        };
    }

    protected override Plan For(DaemonSetSeen seen) => DaemonSetPlan.For(seen);

    private static Selector SelectorOf(Item<Kinds.Apps.DaemonSet> set) => set.Value.Spec?.Selector.Parsed() ?? Selector.Nothing;
}
