namespace MiniKube.Kinds.Authorization;

[Doc("Asks whether somebody may do something in one namespace.")]
[Kind("authorization.k8s.io", "v1", "localsubjectaccessreviews", Verbs = "create")]
public sealed record LocalSubjectAccessReview : KubeObject
{
    [Doc("The desired state.")]
    [Required, Zero]
    public SubjectAccessReviewSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public SubjectAccessReviewStatus? Status { get; init; }
}
