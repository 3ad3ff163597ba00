using System.Globalization;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Apps;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed record StatefulSetSeen(
    Item<Kinds.Apps.StatefulSet> Set,
    IReadOnlyList<Item<Pod>> Owned,
    IReadOnlyList<Item<Pod>> Orphans,
    IReadOnlyList<Item<ControllerRevision>> OwnedRevisions,
    DateTimeOffset Now)
{
    private JsonMap? tree;

    /// <summary>Claims are found by the name that follows from template and ordinal.</summary>
    public Func<string, Item<PersistentVolumeClaim>?> Claim { get; init; } = _ => null;

    /// <summary>Whatever revision has a name.</summary>
    public Func<string, Item<ControllerRevision>?> RevisionNamed { get; init; } = _ => null;

    public StatefulSetSpec Spec => Set.Value.Spec ?? new();
    public StatefulSetStatus Status => Set.Value.Status ?? new();
    public Selector Selector => Spec.Selector.Parsed();
    public int Replicas => Spec.Replicas ?? 1;
    public int First => Spec.Ordinals?.Start ?? 0;
    public bool Ordered => Spec.PodManagementPolicy != "Parallel";
    public bool Rolling => Spec.UpdateStrategy?.Type != "OnDelete";
    public int Partition => Spec.UpdateStrategy?.RollingUpdate?.Partition ?? 0;
    public int MinReadySeconds => Spec.MinReadySeconds ?? 0;

    /// <summary>How many may be down at once while updating; at least one, or nothing would ever be updated.</summary>
    public int MaxUnavailable => Math.Max(1, Spec.UpdateStrategy?.RollingUpdate?.MaxUnavailable?.Of(Replicas, roundUp: false) ?? 1);

    public JsonMap Tree => tree ??= Set.Tree();
    public JsonMap Template => Tree.Map("spec")?.Map("template") ?? [];

    public int? OrdinalOf(Item<Pod> pod)
    {
        var prefix = Set.Name + "-";
        return pod.Name.StartsWith(prefix, StringComparison.Ordinal) &&
            int.TryParse(pod.Name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal) ? ordinal : null;
    }

    public bool IsWanted(int ordinal) => ordinal >= First && ordinal < First + Replicas;

    public bool IsAvailable(Item<Pod> pod) => pod.Phase() == "Running" && pod.IsAvailable(MinReadySeconds, Now);

    public bool IsHealthy(Item<Pod> pod) => !pod.BeingDeleted && pod.Phase() == "Running" && pod.IsReady();
}
