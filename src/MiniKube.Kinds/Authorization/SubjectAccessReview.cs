using MiniKube.Kinds.Meta;

namespace MiniKube.Kinds.Authorization;

[Doc("Asks whether somebody may do something.")]
[Kind("authorization.k8s.io", "v1", "subjectaccessreviews", ClusterScoped = true, Verbs = "create")]
public sealed record SubjectAccessReview : KubeObject
{
    [Doc("The desired state.")]
    [Required, Zero]
    public SubjectAccessReviewSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public SubjectAccessReviewStatus? Status { get; init; }
}

public sealed record SubjectAccessReviewSpec
{
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Extra { get; init; }
    public IReadOnlyList<string>? Groups { get; init; }
    public NonResourceAttributes? NonResourceAttributes { get; init; }
    public ResourceAttributes? ResourceAttributes { get; init; }
    public string? Uid { get; init; }
    public string? User { get; init; }
}

public sealed record SubjectAccessReviewStatus
{
    [Required, Zero]
    public bool? Allowed { get; init; }

    [OmitZero]
    public bool? Denied { get; init; }

    public string? EvaluationError { get; init; }
    public string? Reason { get; init; }
}

public sealed record NonResourceAttributes
{
    public string? Path { get; init; }
    public string? Verb { get; init; }
}

public sealed record ResourceAttributes
{
    public FieldSelectorAttributes? FieldSelector { get; init; }
    public string? Group { get; init; }
    public LabelSelectorAttributes? LabelSelector { get; init; }
    public string? Name { get; init; }
    public string? Namespace { get; init; }
    public string? Resource { get; init; }
    public string? Subresource { get; init; }
    public string? Verb { get; init; }
    public string? Version { get; init; }
}

public sealed record FieldSelectorAttributes
{
    public string? RawSelector { get; init; }
    public IReadOnlyList<FieldSelectorRequirement>? Requirements { get; init; }
}

public sealed record LabelSelectorAttributes
{
    public string? RawSelector { get; init; }
    public IReadOnlyList<LabelSelectorRequirement>? Requirements { get; init; }
}
