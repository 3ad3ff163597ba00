namespace MiniKube.Kinds.Authorization;

[Doc("Lists what the caller may do in a namespace.")]
[Kind("authorization.k8s.io", "v1", "selfsubjectrulesreviews", ClusterScoped = true, Verbs = "create")]
public sealed record SelfSubjectRulesReview : KubeObject
{
    [Doc("The desired state.")]
    [Required, Zero]
    public SelfSubjectRulesReviewSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public SubjectRulesReviewStatus? Status { get; init; }
}

public sealed record SelfSubjectRulesReviewSpec
{
    public string? Namespace { get; init; }
}

public sealed record SubjectRulesReviewStatus
{
    public string? EvaluationError { get; init; }

    [Required, Zero]
    public bool? Incomplete { get; init; }

    [Required, Zero]
    public IReadOnlyList<NonResourceRule>? NonResourceRules { get; init; }

    [Required, Zero]
    public IReadOnlyList<ResourceRule>? ResourceRules { get; init; }
}

public sealed record NonResourceRule
{
    [Doc("Paths that are no resources, such as /healthz.")]
    public IReadOnlyList<string>? NonResourceURLs { get; init; }

    [Required]
    public IReadOnlyList<string>? Verbs { get; init; }
}

public sealed record ResourceRule
{
    [Doc("API groups; \"\" is core, * is all.")]
    public IReadOnlyList<string>? ApiGroups { get; init; }

    public IReadOnlyList<string>? ResourceNames { get; init; }
    public IReadOnlyList<string>? Resources { get; init; }

    [Required]
    public IReadOnlyList<string>? Verbs { get; init; }
}
