using MiniKube.Kinds.Core;

namespace MiniKube.Kinds.Apps;

[Doc("Keeps a number of pods of one template running.")]
[Kind("apps", "v1", "replicasets", Short = "rs", Categories = "all", Generation = true)]
[ScaleSubresource(".spec.replicas", ".status.replicas", ".spec.selector")]
[Subresource("status")]
public sealed record ReplicaSet : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public ReplicaSetSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public ReplicaSetStatus? Status { get; init; }
}

public sealed record ReplicaSetSpec
{
    [Doc("Seconds a pod must be ready before it counts as available.")]
    [OmitZero]
    public int? MinReadySeconds { get; init; }

    [Default(1)]
    public int? Replicas { get; init; }

    [Required]
    public LabelSelector? Selector { get; init; }

    public PodTemplateSpec? Template { get; init; }
}

public sealed record ReplicaSetStatus
{
    [Doc("Pods that have been ready for minReadySeconds.")]
    [OmitZero]
    public int? AvailableReplicas { get; init; }

    [Doc("Observed aspects of the object's state.")]
    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<ReplicaSetCondition>? Conditions { get; init; }

    [Doc("Pods whose labels match the template's.")]
    [OmitZero]
    public int? FullyLabeledReplicas { get; init; }

    [Doc("The generation that this status was computed for.")]
    [OmitZero]
    public long? ObservedGeneration { get; init; }

    [Doc("Pods that are ready.")]
    [OmitZero]
    public int? ReadyReplicas { get; init; }

    [Required, Zero]
    public int? Replicas { get; init; }

    [Doc("Pods that are ending.")]
    public int? TerminatingReplicas { get; init; }
}

public sealed record ReplicaSetCondition
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
