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
    [OmitZero]
    public int? MinReadySeconds { get; init; }

    public StatefulSetOrdinals? Ordinals { get; init; }

    [Zero]
    public StatefulSetPersistentVolumeClaimRetentionPolicy? PersistentVolumeClaimRetentionPolicy { get; init; }

    [Default("OrderedReady"), Allowed("OrderedReady", "Parallel")]
    public string? PodManagementPolicy { get; init; }

    [Default(1)]
    public int? Replicas { get; init; }

    [Default(10)]
    public int? RevisionHistoryLimit { get; init; }

    [Required]
    public LabelSelector? Selector { get; init; }

    public string? ServiceName { get; init; }

    [Required]
    public PodTemplateSpec? Template { get; init; }

    [Zero]
    public StatefulSetUpdateStrategy? UpdateStrategy { get; init; }

    public IReadOnlyList<PersistentVolumeClaim>? VolumeClaimTemplates { get; init; }
}

public sealed record StatefulSetStatus
{
    [Zero]
    public int? AvailableReplicas { get; init; }

    public int? CollisionCount { get; init; }

    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<StatefulSetCondition>? Conditions { get; init; }

    [OmitZero]
    public int? CurrentReplicas { get; init; }

    public string? CurrentRevision { get; init; }

    [OmitZero]
    public long? ObservedGeneration { get; init; }

    [OmitZero]
    public int? ReadyReplicas { get; init; }

    [Required, Zero]
    public int? Replicas { get; init; }

    public string? UpdateRevision { get; init; }

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
    public RollingUpdateStatefulSetStrategy? RollingUpdate { get; init; }

    [Allowed("OnDelete", "RollingUpdate")]
    public string? Type { get; init; }
}

public sealed record StatefulSetCondition
{
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
    public IntOrString? MaxUnavailable { get; init; }
    public int? Partition { get; init; }
}
