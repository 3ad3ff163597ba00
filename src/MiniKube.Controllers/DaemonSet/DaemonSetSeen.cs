using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed record DaemonSetSeen(
    Item<Kinds.Apps.DaemonSet> Set,
    IReadOnlyList<Item<Pod>> Owned,
    IReadOnlyList<Item<Pod>> Orphans,
    IReadOnlyList<Item<Node>> Nodes,
    IReadOnlyList<Item<ControllerRevision>> OwnedRevisions,
    DateTimeOffset Now)
{
    private JsonMap? tree;

    /// <summary>By uid, how long daemons that failed are left on their node before they are replaced: the longer, the more often it happened.</summary>
    public IReadOnlyDictionary<string, TimeSpan> FailureWaits { get; init; } = new Dictionary<string, TimeSpan>();

    /// <summary>Whatever revision has a name.</summary>
    public Func<string, Item<ControllerRevision>?> RevisionNamed { get; init; } = _ => null;

    public DaemonSetSpec Spec => Set.Value.Spec ?? new();
    public Selector Selector => Spec.Selector.Parsed();
    public int MinReadySeconds => Spec.MinReadySeconds ?? 0;
    public bool Rolling => Spec.UpdateStrategy?.Type != "OnDelete";
    public JsonMap Template => (tree ??= Set.Tree()).Map("spec")?.Map("template") ?? [];

    public int MaxSurge(int nodes) => Spec.UpdateStrategy?.RollingUpdate?.MaxSurge?.Of(nodes, roundUp: true) ?? 0;

    /// <summary>Rounded up: a percentage that allows none at all would stop every update.</summary>
    public int MaxUnavailable(int nodes)
    {
        var most = Spec.UpdateStrategy?.RollingUpdate?.MaxUnavailable?.Of(nodes, roundUp: true) ?? 0;
        return most == 0 && MaxSurge(nodes) == 0 ? 1 : most;
    }
}
