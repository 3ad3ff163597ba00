namespace MiniKube.Kinds.Authentication;

[Doc("Asks whom a token belongs to.")]
[Kind("authentication.k8s.io", "v1", "tokenreviews", ClusterScoped = true, Verbs = "create")]
public sealed record TokenReview : KubeObject
{
    [Doc("The desired state.")]
    [Required, Zero]
    public TokenReviewSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public TokenReviewStatus? Status { get; init; }
}

public sealed record TokenReviewSpec
{
    public IReadOnlyList<string>? Audiences { get; init; }

    [Required]
    public string? Token { get; init; }
}

public sealed record TokenReviewStatus
{
    public IReadOnlyList<string>? Audiences { get; init; }

    [OmitZero]
    public bool? Authenticated { get; init; }

    public string? Error { get; init; }

    [Zero]
    public UserInfo? User { get; init; }
}

public sealed record UserInfo
{
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Extra { get; init; }
    public IReadOnlyList<string>? Groups { get; init; }
    public string? Uid { get; init; }
    public string? Username { get; init; }
}
