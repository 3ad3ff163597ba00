using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Apps;

[Doc("Pods with stable names, storage and order.")]
[Kind("apps", "v1", "statefulsets", Short = "sts", Categories = "all", Generation = true)]
[ScaleSubresource(".spec.replicas", ".status.replicas", ".spec.selector")]
[Subresource("status")]
public sealed record StatefulSet : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public StatefulSetSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public StatefulSetStatus? Status { get; init; }
}

public sealed record StatefulSetSpec
{
    [Doc("Seconds a pod must be ready before it counts as available.")]
    [OmitZero]
    public int? MinReadySeconds { get; init; }

    public StatefulSetOrdinals? Ordinals { get; init; }

    [Zero]
    public StatefulSetPersistentVolumeClaimRetentionPolicy? PersistentVolumeClaimRetentionPolicy { get; init; }

    [Doc("Whether pods are made and ended in order or all at once.")]
    [Default("OrderedReady"), Allowed("OrderedReady", "Parallel")]
    public string? PodManagementPolicy { get; init; }

    [Default(1)]
    public int? Replicas { get; init; }

    [Doc("How many old revisions are kept for rollback.")]
    [Default(10)]
    public int? RevisionHistoryLimit { get; init; }

    [Required]
    public LabelSelector? Selector { get; init; }

    [Doc("The headless Service that gives the pods their names.")]
    public string? ServiceName { get; init; }

    [Required]
    public PodTemplateSpec? Template { get; init; }

    [Doc("How old pods are replaced by new ones.")]
    [Zero]
    public StatefulSetUpdateStrategy? UpdateStrategy { get; init; }

    [Doc("Claims that every pod gets of its own.")]
    public IReadOnlyList<PersistentVolumeClaim>? VolumeClaimTemplates { get; init; }
}

public sealed record StatefulSetStatus
{
    [Doc("Pods that have been ready for minReadySeconds.")]
    [Zero]
    public int? AvailableReplicas { get; init; }

    [Doc("How often a name had to be drawn again because it was taken.")]
    public int? CollisionCount { get; init; }

    [Doc("Observed aspects of the object's state.")]
    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<StatefulSetCondition>? Conditions { get; init; }

    [OmitZero]
    public int? CurrentReplicas { get; init; }

    [Doc("The revision of the pods that are not updated yet.")]
    public string? CurrentRevision { get; init; }

    [Doc("The generation that this status was computed for.")]
    [OmitZero]
    public long? ObservedGeneration { get; init; }

    [Doc("Pods that are ready.")]
    [OmitZero]
    public int? ReadyReplicas { get; init; }

    [Required, Zero]
    public int? Replicas { get; init; }

    [Doc("The revision of the updated pods.")]
    public string? UpdateRevision { get; init; }

    [Doc("Pods of the newest template.")]
    [OmitZero]
    public int? UpdatedReplicas { get; init; }
}

public sealed record StatefulSetOrdinals
{
    public int? Start { get; init; }
}

public sealed record StatefulSetPersistentVolumeClaimRetentionPolicy
{
    [Default("Retain")]
    public string? WhenDeleted { get; init; }

    [Default("Retain")]
    public string? WhenScaled { get; init; }
}

public sealed record StatefulSetUpdateStrategy
{
    [Doc("How a rolling update proceeds.")]
    public RollingUpdateStatefulSetStrategy? RollingUpdate { get; init; }

    [Allowed("OnDelete", "RollingUpdate")]
    public string? Type { get; init; }
}

public sealed record StatefulSetCondition
{
    [Doc("When the status last changed.")]
    [Zero]
    public DateTimeOffset? LastTransitionTime { get; init; }

    public string? Message { get; init; }
    public string? Reason { get; init; }

    [Doc("The observed state, written by the system.")]
    [Required, Zero]
    public string? Status { get; init; }

    [Required, Zero]
    public string? Type { get; init; }
}

public sealed record RollingUpdateStatefulSetStrategy
{
    [Doc("How many pods may be unavailable, as a count or percentage.")]
    public IntOrString? MaxUnavailable { get; init; }

    [Doc("Pods with ordinals below this one are not updated.")]
    public int? Partition { get; init; }
}
