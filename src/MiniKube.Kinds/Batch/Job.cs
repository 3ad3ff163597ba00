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

    [Doc("How many failures are retried for each index.")]
    public int? BackoffLimitPerIndex { get; init; }

    [Doc("Whether each pod has an index.")]
    [Allowed("Indexed", "NonIndexed")]
    public string? CompletionMode { get; init; }

    [Doc("How many pods must succeed.")]
    public int? Completions { get; init; }

    [KeepEmpty]
    public string? ManagedBy { get; init; }

    [Doc("The selector is the user's own.")]
    public bool? ManualSelector { get; init; }

    [Doc("How many indexes may fail.")]
    public int? MaxFailedIndexes { get; init; }

    [Doc("How many pods may run at a time.")]
    public int? Parallelism { get; init; }

    [Doc("What to do about failed pods, by their exit codes and conditions.")]
    public PodFailurePolicy? PodFailurePolicy { get; init; }

    [Doc("When a pod is replaced.")]
    [Allowed("Failed", "TerminatingOrFailed")]
    public string? PodReplacementPolicy { get; init; }

    public LabelSelector? Selector { get; init; }

    [Doc("When enough has succeeded.")]
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
    [Doc("Pods that run now.")]
    [OmitZero]
    public int? Active { get; init; }

    public string? CompletedIndexes { get; init; }

    [Doc("When all of it had succeeded.")]
    public DateTimeOffset? CompletionTime { get; init; }

    [Doc("Observed aspects of the object's state.")]
    [PatchMerge("type")]
    public IReadOnlyList<JobCondition>? Conditions { get; init; }

    [OmitZero]
    public int? Failed { get; init; }

    [KeepEmpty]
    public string? FailedIndexes { get; init; }

    public int? Ready { get; init; }

    [Doc("When it was first acted on.")]
    public DateTimeOffset? StartTime { get; init; }

    [Doc("Pods that succeeded.")]
    [OmitZero]
    public int? Succeeded { get; init; }

    public int? Terminating { get; init; }
    public UncountedTerminatedPods? UncountedTerminatedPods { get; init; }
}

public sealed record PodFailurePolicy
{
    [Doc("Tried in order; the first that matches counts.")]
    [Required]
    public IReadOnlyList<PodFailurePolicyRule>? Rules { get; init; }
}

public sealed record SuccessPolicy
{
    [Doc("Tried in order; the first that matches counts.")]
    [Required]
    public IReadOnlyList<SuccessPolicyRule>? Rules { get; init; }
}

public sealed record JobCondition
{
    [Doc("When the condition was last probed.")]
    [Zero]
    public DateTimeOffset? LastProbeTime { get; init; }

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
    [Doc("Name of the container.")]
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
