namespace MiniKube.Kinds.Storage;

[Doc("What a storage driver can and wants.")]
[Kind("storage.k8s.io", "v1", "csidrivers", ClusterScoped = true)]
public sealed record CSIDriver : KubeObject
{
    [Doc("The desired state.")]
    [Required, Zero]
    public CSIDriverSpec? Spec { get; init; }
}

public sealed record CSIDriverSpec
{
    [Default(true)]
    public bool? AttachRequired { get; init; }

    [Default("ReadWriteOnceWithFSType")]
    public string? FsGroupPolicy { get; init; }

    public long? NodeAllocatableUpdatePeriodSeconds { get; init; }

    [Default(false)]
    public bool? PodInfoOnMount { get; init; }

    public bool? PreventPodSchedulingIfMissing { get; init; }

    [Default(false)]
    public bool? RequiresRepublish { get; init; }

    [Default(false)]
    public bool? SeLinuxMount { get; init; }

    public bool? ServiceAccountTokenInSecrets { get; init; }

    [Default(false)]
    public bool? StorageCapacity { get; init; }

    public IReadOnlyList<TokenRequest>? TokenRequests { get; init; }

    [ListSet]
    public IReadOnlyList<string>? VolumeLifecycleModes { get; init; }
}

public sealed record TokenRequest
{
    [Required]
    public string? Audience { get; init; }

    [Doc("How long it is to be valid.")]
    public long? ExpirationSeconds { get; init; }
}
