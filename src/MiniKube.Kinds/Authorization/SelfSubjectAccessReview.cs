namespace MiniKube.Kinds.Authorization;

[Doc("Asks whether the caller may do something.")]
[Kind("authorization.k8s.io", "v1", "selfsubjectaccessreviews", ClusterScoped = true, Verbs = "create")]
public sealed record SelfSubjectAccessReview : KubeObject
{
    [Doc("The desired state.")]
    [Required, Zero]
    public SelfSubjectAccessReviewSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public SubjectAccessReviewStatus? Status { get; init; }
}

public sealed record SelfSubjectAccessReviewSpec
{
    public NonResourceAttributes? NonResourceAttributes { get; init; }
    public ResourceAttributes? ResourceAttributes { get; init; }
}
