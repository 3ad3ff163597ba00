namespace MiniKube.Kinds.Apiregistration;

[Doc("Says which server answers for a group and version.")]
[Kind("apiregistration.k8s.io", "v1", "apiservices", ClusterScoped = true, Categories = "api-extensions")]
[Subresource("status")]
public sealed record APIService : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public APIServiceSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public APIServiceStatus? Status { get; init; }
}

public sealed record APIServiceSpec
{
    [Doc("Certificates to trust, in base64.")]
    public byte[]? CaBundle { get; init; }

    public string? Group { get; init; }

    [Required]
    public int? GroupPriorityMinimum { get; init; }

    [OmitZero]
    public bool? InsecureSkipTLSVerify { get; init; }

    public ServiceReference? Service { get; init; }
    public string? Version { get; init; }

    [Required]
    public int? VersionPriority { get; init; }
}

public sealed record APIServiceStatus
{
    [Doc("Observed aspects of the object's state.")]
    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<APIServiceCondition>? Conditions { get; init; }
}

public sealed record ServiceReference
{
    public string? Name { get; init; }
    public string? Namespace { get; init; }

    [Default(443)]
    public int? Port { get; init; }
}

public sealed record APIServiceCondition
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
