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
    [OmitZero]
    public int? MinReadySeconds { get; init; }

    [Default(10)]
    public int? RevisionHistoryLimit { get; init; }

    [Required]
    public LabelSelector? Selector { get; init; }

    [Required]
    public PodTemplateSpec? Template { get; init; }

    [Zero]
    public DaemonSetUpdateStrategy? UpdateStrategy { get; init; }
}

public sealed record DaemonSetStatus
{
    public int? CollisionCount { get; init; }

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

    [OmitZero]
    public long? ObservedGeneration { get; init; }

    [OmitZero]
    public int? UpdatedNumberScheduled { get; init; }
}

public sealed record DaemonSetUpdateStrategy
{
    public RollingUpdateDaemonSet? RollingUpdate { get; init; }

    [Allowed("OnDelete", "RollingUpdate")]
    public string? Type { get; init; }
}

public sealed record DaemonSetCondition
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

public sealed record RollingUpdateDaemonSet
{
    public IntOrString? MaxSurge { get; init; }
    public IntOrString? MaxUnavailable { get; init; }
}
