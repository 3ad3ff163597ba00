namespace MiniKube.Kinds.Autoscaling.V1;

[Doc("Sets the replica count of a workload from metrics.")]
[Kind("autoscaling", "v1", "horizontalpodautoscalers", Short = "hpa", Categories = "all")]
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
    [Doc("The highest replica count.")]
    [Required]
    public int? MaxReplicas { get; init; }

    [Doc("The lowest replica count.")]
    [Default(1)]
    public int? MinReplicas { get; init; }

    [Doc("The workload to scale.")]
    [Required]
    public CrossVersionObjectReference? ScaleTargetRef { get; init; }

    public int? TargetCPUUtilizationPercentage { get; init; }
}

public sealed record HorizontalPodAutoscalerStatus
{
    public int? CurrentCPUUtilizationPercentage { get; init; }

    [Doc("The replica count last seen.")]
    [Required, Zero, OmitZero]
    public int? CurrentReplicas { get; init; }

    [Doc("The replica count wanted.")]
    [Required, Zero]
    public int? DesiredReplicas { get; init; }

    public DateTimeOffset? LastScaleTime { get; init; }

    [Doc("The generation that this status was computed for.")]
    public long? ObservedGeneration { get; init; }
}

public sealed record CrossVersionObjectReference
{
    public string? ApiVersion { get; init; }

    [Required]
    public string? Kind { get; init; }

    [Required]
    public string? Name { get; init; }
}
