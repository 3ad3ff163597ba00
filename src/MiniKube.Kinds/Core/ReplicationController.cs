namespace MiniKube.Kinds.Core;

[Doc("Keeps a number of identical pods running; ReplicaSet is its successor.")]
[Kind("", "v1", "replicationcontrollers", Short = "rc", Categories = "all", Generation = true)]
[ScaleSubresource(".spec.replicas", ".status.replicas", ".spec.selector")]
[Subresource("status")]
public sealed record ReplicationController : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public ReplicationControllerSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public ReplicationControllerStatus? Status { get; init; }
}

public sealed record ReplicationControllerSpec
{
    [Doc("Seconds a pod must be ready before it counts as available.")]
    [OmitZero]
    public int? MinReadySeconds { get; init; }

    [Default(1)]
    public int? Replicas { get; init; }

    [AtomicMap]
    public IReadOnlyDictionary<string, string>? Selector { get; init; }

    public PodTemplateSpec? Template { get; init; }
}

public sealed record ReplicationControllerStatus
{
    [Doc("Pods that have been ready for minReadySeconds.")]
    [OmitZero]
    public int? AvailableReplicas { get; init; }

    [Doc("Observed aspects of the object's state.")]
    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<ReplicationControllerCondition>? Conditions { get; init; }

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
}

public sealed record ReplicationControllerCondition
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
