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
    [OmitZero]
    public int? AvailableReplicas { get; init; }

    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<ReplicaSetCondition>? Conditions { get; init; }

    [OmitZero]
    public int? FullyLabeledReplicas { get; init; }

    [OmitZero]
    public long? ObservedGeneration { get; init; }

    [OmitZero]
    public int? ReadyReplicas { get; init; }

    [Required, Zero]
    public int? Replicas { get; init; }

    public int? TerminatingReplicas { get; init; }
}

public sealed record ReplicaSetCondition
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
