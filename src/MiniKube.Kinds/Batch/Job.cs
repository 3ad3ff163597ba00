using MiniKube.Kinds.Core;

namespace MiniKube.Kinds.Batch;

[Doc("Runs pods until enough of them have succeeded.")]
[Kind("batch", "v1", "jobs", Categories = "all", Generation = true)]
[Subresource("status")]
public sealed record Job : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public JobSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public JobStatus? Status { get; init; }
}

public sealed record JobSpec
{
    public long? ActiveDeadlineSeconds { get; init; }

    [Doc("How many failures are retried.")]
    public int? BackoffLimit { get; init; }

    public int? BackoffLimitPerIndex { get; init; }

    [Allowed("Indexed", "NonIndexed")]
    public string? CompletionMode { get; init; }

    [Doc("How many pods must succeed.")]
    public int? Completions { get; init; }

    [KeepEmpty]
    public string? ManagedBy { get; init; }

    public bool? ManualSelector { get; init; }
    public int? MaxFailedIndexes { get; init; }

    [Doc("How many pods may run at a time.")]
    public int? Parallelism { get; init; }

    public PodFailurePolicy? PodFailurePolicy { get; init; }

    [Allowed("Failed", "TerminatingOrFailed")]
    public string? PodReplacementPolicy { get; init; }

    public LabelSelector? Selector { get; init; }
    public SuccessPolicy? SuccessPolicy { get; init; }

    [Doc("No pods are run while set.")]
    public bool? Suspend { get; init; }

    [Doc("What the pods look like.")]
    [Required]
    public PodTemplateSpec? Template { get; init; }

    [Doc("Seconds after the end until the Job is deleted.")]
    public int? TtlSecondsAfterFinished { get; init; }
}

public sealed record JobStatus
{
    [OmitZero]
    public int? Active { get; init; }

    public string? CompletedIndexes { get; init; }
    public DateTimeOffset? CompletionTime { get; init; }

    [PatchMerge("type")]
    public IReadOnlyList<JobCondition>? Conditions { get; init; }

    [OmitZero]
    public int? Failed { get; init; }

    [KeepEmpty]
    public string? FailedIndexes { get; init; }

    public int? Ready { get; init; }
    public DateTimeOffset? StartTime { get; init; }

    [OmitZero]
    public int? Succeeded { get; init; }

    public int? Terminating { get; init; }
    public UncountedTerminatedPods? UncountedTerminatedPods { get; init; }
}

public sealed record PodFailurePolicy
{
    [Required]
    public IReadOnlyList<PodFailurePolicyRule>? Rules { get; init; }
}

public sealed record SuccessPolicy
{
    [Required]
    public IReadOnlyList<SuccessPolicyRule>? Rules { get; init; }
}

public sealed record JobCondition
{
    [Zero]
    public DateTimeOffset? LastProbeTime { get; init; }

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

public sealed record UncountedTerminatedPods
{
    [ListSet]
    public IReadOnlyList<string>? Failed { get; init; }

    [ListSet]
    public IReadOnlyList<string>? Succeeded { get; init; }
}

public sealed record PodFailurePolicyRule
{
    [Required, Allowed("Count", "FailIndex", "FailJob", "Ignore")]
    public string? Action { get; init; }

    public PodFailurePolicyOnExitCodesRequirement? OnExitCodes { get; init; }
    public IReadOnlyList<PodFailurePolicyOnPodConditionsPattern>? OnPodConditions { get; init; }
}

public sealed record SuccessPolicyRule
{
    public int? SucceededCount { get; init; }

    [KeepEmpty]
    public string? SucceededIndexes { get; init; }
}

public sealed record PodFailurePolicyOnExitCodesRequirement
{
    public string? ContainerName { get; init; }

    [Required, Allowed("In", "NotIn")]
    public string? Operator { get; init; }

    [Required, ListSet]
    public IReadOnlyList<int>? Values { get; init; }
}

public sealed record PodFailurePolicyOnPodConditionsPattern
{
    [Doc("The observed state, written by the system.")]
    public string? Status { get; init; }

    [Required]
    public string? Type { get; init; }
}
