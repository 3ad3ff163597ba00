namespace MiniKube.Kinds.Authentication;

[Doc("Asks for a token of a service account.")]
[Kind("authentication.k8s.io", "v1", "")]
public sealed record TokenRequest : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public TokenRequestSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public TokenRequestStatus? Status { get; init; }
}

public sealed record TokenRequestSpec
{
    public IReadOnlyList<string>? Audiences { get; init; }
    public BoundObjectReference? BoundObjectRef { get; init; }

    [Doc("How long it is to be valid.")]
    [Default(3600)]
    public long? ExpirationSeconds { get; init; }
}

public sealed record TokenRequestStatus
{
    public DateTimeOffset? ExpirationTimestamp { get; init; }
    public string? Token { get; init; }
}

public sealed record BoundObjectReference
{
    public string? ApiVersion { get; init; }
    public string? Kind { get; init; }
    public string? Name { get; init; }
    public string? Uid { get; init; }
}
