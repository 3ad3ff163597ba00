namespace MiniKube.Kinds.Certificates;

[Doc("A request for a certificate, to be approved and signed.")]
[Kind("certificates.k8s.io", "v1", "certificatesigningrequests", ClusterScoped = true, Short = "csr")]
[Subresource("approval")]
[Subresource("status")]
public sealed record CertificateSigningRequest : KubeObject
{
    [Doc("The desired state.")]
    [Required, Zero]
    public CertificateSigningRequestSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public CertificateSigningRequestStatus? Status { get; init; }
}

public sealed record CertificateSigningRequestSpec
{
    [Doc("How long it is to be valid.")]
    public int? ExpirationSeconds { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Extra { get; init; }
    public IReadOnlyList<string>? Groups { get; init; }

    [Required]
    public byte[]? Request { get; init; }

    [Doc("Who is to sign.")]
    [Required]
    public string? SignerName { get; init; }

    public string? Uid { get; init; }

    [Doc("What the key may be used for.")]
    public IReadOnlyList<string>? Usages { get; init; }

    public string? Username { get; init; }
}

public sealed record CertificateSigningRequestStatus
{
    public byte[]? Certificate { get; init; }

    [Doc("Observed aspects of the object's state.")]
    [ListMap("type")]
    public IReadOnlyList<CertificateSigningRequestCondition>? Conditions { get; init; }
}

public sealed record CertificateSigningRequestCondition
{
    [Doc("When the status last changed.")]
    [Zero]
    public DateTimeOffset? LastTransitionTime { get; init; }

    [Doc("When the condition was last updated.")]
    [Zero]
    public DateTimeOffset? LastUpdateTime { get; init; }

    public string? Message { get; init; }
    public string? Reason { get; init; }

    [Doc("The observed state, written by the system.")]
    [Required, Zero]
    public string? Status { get; init; }

    [Required, Zero]
    public string? Type { get; init; }
}
