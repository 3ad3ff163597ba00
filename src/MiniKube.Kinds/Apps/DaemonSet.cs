using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Apps;

[Doc("One pod of a template on every matching node.")]
[Kind("apps", "v1", "daemonsets", Short = "ds", Categories = "all", Generation = true)]
[Subresource("status")]
public sealed record DaemonSet : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public DaemonSetSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public DaemonSetStatus? Status { get; init; }
}

public sealed record DaemonSetSpec
{
    [Doc("Seconds a pod must be ready before it counts as available.")]
    [OmitZero]
    public int? MinReadySeconds { get; init; }

    [Doc("How many old revisions are kept for rollback.")]
    [Default(10)]
    public int? RevisionHistoryLimit { get; init; }

    [Required]
    public LabelSelector? Selector { get; init; }

    [Required]
    public PodTemplateSpec? Template { get; init; }

    [Doc("How old pods are replaced by new ones.")]
    [Zero]
    public DaemonSetUpdateStrategy? UpdateStrategy { get; init; }
}

public sealed record DaemonSetStatus
{
    [Doc("How often a name had to be drawn again because it was taken.")]
    public int? CollisionCount { get; init; }

    [Doc("Observed aspects of the object's state.")]
    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<DaemonSetCondition>? Conditions { get; init; }

    [Required, Zero]
    public int? CurrentNumberScheduled { get; init; }

    [Required, Zero]
    public int? DesiredNumberScheduled { get; init; }

    [OmitZero]
    public int? NumberAvailable { get; init; }

    [Required, Zero]
    public int? NumberMisscheduled { get; init; }

    [Required, Zero]
    public int? NumberReady { get; init; }

    [OmitZero]
    public int? NumberUnavailable { get; init; }

    [Doc("The generation that this status was computed for.")]
    [OmitZero]
    public long? ObservedGeneration { get; init; }

    [OmitZero]
    public int? UpdatedNumberScheduled { get; init; }
}

public sealed record DaemonSetUpdateStrategy
{
    [Doc("How a rolling update proceeds.")]
    public RollingUpdateDaemonSet? RollingUpdate { get; init; }

    [Allowed("OnDelete", "RollingUpdate")]
    public string? Type { get; init; }
}

public sealed record DaemonSetCondition
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

public sealed record RollingUpdateDaemonSet
{
    [Doc("How many pods there may be beyond the wanted ones, as a count or percentage.")]
    public IntOrString? MaxSurge { get; init; }

    [Doc("How many pods may be unavailable, as a count or percentage.")]
    public IntOrString? MaxUnavailable { get; init; }
}
