namespace MiniKube.Kinds.Autoscaling.V1;

[Doc("The replica count of a scalable object.")]
[Kind("autoscaling", "v1", "")]
public sealed record Scale : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public ScaleSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public ScaleStatus? Status { get; init; }
}

public sealed record ScaleSpec
{
    [OmitZero]
    public int? Replicas { get; init; }
}

public sealed record ScaleStatus
{
    [Required, Zero]
    public int? Replicas { get; init; }

    public string? Selector { get; init; }
}
