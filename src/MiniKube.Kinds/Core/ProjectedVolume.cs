namespace MiniKube.Kinds.Core;

public sealed record ClusterTrustBundleProjection
{
    public LabelSelector? LabelSelector { get; init; }

    [KeepEmpty]
    public string? Name { get; init; }

    [Doc("Whether it may be missing.")]
    public bool? Optional { get; init; }

    [Required]
    public string? Path { get; init; }

    [Doc("Who is to sign.")]
    [KeepEmpty]
    public string? SignerName { get; init; }
}

public sealed record ConfigMapProjection
{
    [Doc("Keys to project and their paths; all keys if absent.")]
    public IReadOnlyList<KeyToPath>? Items { get; init; }

    public string? Name { get; init; }

    [Doc("Whether it may be missing.")]
    public bool? Optional { get; init; }
}

public sealed record DownwardAPIProjection
{
    public IReadOnlyList<DownwardAPIVolumeFile>? Items { get; init; }
}

public sealed record PodCertificateProjection
{
    public string? CertificateChainPath { get; init; }
    public string? CredentialBundlePath { get; init; }
    public string? KeyPath { get; init; }

    [Required]
    public string? KeyType { get; init; }

    public int? MaxExpirationSeconds { get; init; }

    [Doc("Who is to sign.")]
    [Required]
    public string? SignerName { get; init; }

    public IReadOnlyDictionary<string, string>? UserAnnotations { get; init; }
}

public sealed record ProjectedVolumeSource
{
    [Doc("Mode bits of files that have none of their own.")]
    [Default(420)]
    public int? DefaultMode { get; init; }

    public IReadOnlyList<VolumeProjection>? Sources { get; init; }
}

public sealed record SecretProjection
{
    [Doc("Keys to project and their paths; all keys if absent.")]
    public IReadOnlyList<KeyToPath>? Items { get; init; }

    public string? Name { get; init; }

    [Doc("Whether it may be missing.")]
    public bool? Optional { get; init; }
}

public sealed record ServiceAccountTokenProjection
{
    public string? Audience { get; init; }

    [Doc("How long it is to be valid.")]
    [Default(3600)]
    public long? ExpirationSeconds { get; init; }

    [Required]
    public string? Path { get; init; }
}

public sealed record VolumeProjection
{
    public ClusterTrustBundleProjection? ClusterTrustBundle { get; init; }

    [Doc("Keys of a ConfigMap as files.")]
    public ConfigMapProjection? ConfigMap { get; init; }

    [Doc("Facts about the pod as files.")]
    public DownwardAPIProjection? DownwardAPI { get; init; }

    public PodCertificateProjection? PodCertificate { get; init; }
    public SecretProjection? Secret { get; init; }
    public ServiceAccountTokenProjection? ServiceAccountToken { get; init; }
}
