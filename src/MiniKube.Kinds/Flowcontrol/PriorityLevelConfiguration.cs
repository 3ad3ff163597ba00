namespace MiniKube.Kinds.Flowcontrol;

[Doc("Concurrency and queueing of the API requests of one priority level.")]
[Kind("flowcontrol.apiserver.k8s.io", "v1", "prioritylevelconfigurations", ClusterScoped = true, Generation = true)]
[Subresource("status")]
public sealed record PriorityLevelConfiguration : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public PriorityLevelConfigurationSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public PriorityLevelConfigurationStatus? Status { get; init; }
}

public sealed record PriorityLevelConfigurationSpec
{
    public ExemptPriorityLevelConfiguration? Exempt { get; init; }
    public LimitedPriorityLevelConfiguration? Limited { get; init; }

    [Required]
    public string? Type { get; init; }
}

public sealed record PriorityLevelConfigurationStatus
{
    [Doc("Observed aspects of the object's state.")]
    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<PriorityLevelConfigurationCondition>? Conditions { get; init; }
}

public sealed record ExemptPriorityLevelConfiguration
{
    public int? LendablePercent { get; init; }
    public int? NominalConcurrencyShares { get; init; }
}

public sealed record LimitedPriorityLevelConfiguration
{
    public int? BorrowingLimitPercent { get; init; }
    public int? LendablePercent { get; init; }
    public LimitResponse? LimitResponse { get; init; }
    public int? NominalConcurrencyShares { get; init; }
}

public sealed record PriorityLevelConfigurationCondition
{
    [Doc("When the status last changed.")]
    [Zero]
    public DateTimeOffset? LastTransitionTime { get; init; }

    public string? Message { get; init; }
    public string? Reason { get; init; }

    [Doc("The observed state, written by the system.")]
    public string? Status { get; init; }

    public string? Type { get; init; }
}

public sealed record LimitResponse
{
    public QueuingConfiguration? Queuing { get; init; }

    [Required]
    public string? Type { get; init; }
}

public sealed record QueuingConfiguration
{
    public int? HandSize { get; init; }
    public int? QueueLengthLimit { get; init; }
    public int? Queues { get; init; }
}
