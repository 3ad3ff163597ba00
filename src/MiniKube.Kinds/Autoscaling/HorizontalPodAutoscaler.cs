using MiniKube.Machinery;

namespace MiniKube.Kinds.Autoscaling;

[Doc("Sets the replica count of a workload from metrics.")]
[Kind("autoscaling", "v2", "horizontalpodautoscalers", Short = "hpa", Categories = "all")]
[Subresource("status")]
public sealed record HorizontalPodAutoscaler : KubeObject
{
    [Doc("The desired state.")]
    [Required, Zero]
    public HorizontalPodAutoscalerSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public HorizontalPodAutoscalerStatus? Status { get; init; }
}

public sealed record HorizontalPodAutoscalerSpec
{
    public HorizontalPodAutoscalerBehavior? Behavior { get; init; }

    [Doc("The highest replica count.")]
    [Required]
    public int? MaxReplicas { get; init; }

    public IReadOnlyList<MetricSpec>? Metrics { get; init; }

    [Doc("The lowest replica count.")]
    [Default(1)]
    public int? MinReplicas { get; init; }

    [Doc("The workload to scale.")]
    [Required]
    public CrossVersionObjectReference? ScaleTargetRef { get; init; }
}

public sealed record HorizontalPodAutoscalerStatus
{
    [Doc("Observed aspects of the object's state.")]
    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<HorizontalPodAutoscalerCondition>? Conditions { get; init; }

    [Zero]
    public IReadOnlyList<MetricStatus>? CurrentMetrics { get; init; }

    [Doc("The replica count last seen.")]
    [OmitZero]
    public int? CurrentReplicas { get; init; }

    [Doc("The replica count wanted.")]
    [Required, Zero]
    public int? DesiredReplicas { get; init; }

    public DateTimeOffset? LastScaleTime { get; init; }

    [Doc("The generation that this status was computed for.")]
    public long? ObservedGeneration { get; init; }
}

public sealed record HorizontalPodAutoscalerBehavior
{
    public HPAScalingRules? ScaleDown { get; init; }
    public HPAScalingRules? ScaleUp { get; init; }
}

public sealed record MetricSpec
{
    public ContainerResourceMetricSource? ContainerResource { get; init; }
    public ExternalMetricSource? External { get; init; }
    public ObjectMetricSource? Object { get; init; }
    public PodsMetricSource? Pods { get; init; }
    public ResourceMetricSource? Resource { get; init; }

    [Required]
    public string? Type { get; init; }
}

public sealed record CrossVersionObjectReference
{
    public string? ApiVersion { get; init; }

    [Required]
    public string? Kind { get; init; }

    [Required]
    public string? Name { get; init; }
}

public sealed record HorizontalPodAutoscalerCondition
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

public sealed record MetricStatus
{
    public ContainerResourceMetricStatus? ContainerResource { get; init; }
    public ExternalMetricStatus? External { get; init; }
    public ObjectMetricStatus? Object { get; init; }
    public PodsMetricStatus? Pods { get; init; }
    public ResourceMetricStatus? Resource { get; init; }

    [Required, Zero]
    public string? Type { get; init; }
}

public sealed record HPAScalingRules
{
    public IReadOnlyList<HPAScalingPolicy>? Policies { get; init; }
    public string? SelectPolicy { get; init; }
    public int? StabilizationWindowSeconds { get; init; }
    public Quantity? Tolerance { get; init; }
}

public sealed record ContainerResourceMetricSource
{
    [Required]
    public string? Container { get; init; }

    [Required]
    public string? Name { get; init; }

    [Required]
    public MetricTarget? Target { get; init; }
}

public sealed record ExternalMetricSource
{
    [Required]
    public MetricIdentifier? Metric { get; init; }

    [Required]
    public MetricTarget? Target { get; init; }
}

public sealed record ObjectMetricSource
{
    [Required]
    public CrossVersionObjectReference? DescribedObject { get; init; }

    [Required]
    public MetricIdentifier? Metric { get; init; }

    [Required]
    public MetricTarget? Target { get; init; }
}

public sealed record PodsMetricSource
{
    [Required]
    public MetricIdentifier? Metric { get; init; }

    [Required]
    public MetricTarget? Target { get; init; }
}

public sealed record ResourceMetricSource
{
    [Required]
    public string? Name { get; init; }

    [Required]
    public MetricTarget? Target { get; init; }
}

public sealed record ContainerResourceMetricStatus
{
    [Required, Zero]
    public string? Container { get; init; }

    [Required]
    public MetricValueStatus? Current { get; init; }

    [Required, Zero]
    public string? Name { get; init; }
}

public sealed record ExternalMetricStatus
{
    [Required]
    public MetricValueStatus? Current { get; init; }

    [Required]
    public MetricIdentifier? Metric { get; init; }
}

public sealed record ObjectMetricStatus
{
    [Required]
    public MetricValueStatus? Current { get; init; }

    [Required]
    public CrossVersionObjectReference? DescribedObject { get; init; }

    [Required]
    public MetricIdentifier? Metric { get; init; }
}

public sealed record PodsMetricStatus
{
    [Required]
    public MetricValueStatus? Current { get; init; }

    [Required]
    public MetricIdentifier? Metric { get; init; }
}

public sealed record ResourceMetricStatus
{
    [Required]
    public MetricValueStatus? Current { get; init; }

    [Required, Zero]
    public string? Name { get; init; }
}

public sealed record HPAScalingPolicy
{
    [Required]
    public int? PeriodSeconds { get; init; }

    [Required]
    public string? Type { get; init; }

    [Required]
    public int? Value { get; init; }
}

public sealed record MetricTarget
{
    public int? AverageUtilization { get; init; }
    public Quantity? AverageValue { get; init; }

    [Required]
    public string? Type { get; init; }

    public Quantity? Value { get; init; }
}

public sealed record MetricIdentifier
{
    [Required]
    public string? Name { get; init; }

    public LabelSelector? Selector { get; init; }
}

public sealed record MetricValueStatus
{
    public int? AverageUtilization { get; init; }
    public Quantity? AverageValue { get; init; }
    public Quantity? Value { get; init; }
}
