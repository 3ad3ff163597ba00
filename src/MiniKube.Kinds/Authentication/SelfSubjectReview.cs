namespace MiniKube.Kinds.Authentication;

[Doc("Tells the caller who he is.")]
[Kind("authentication.k8s.io", "v1", "selfsubjectreviews", ClusterScoped = true, Verbs = "create")]
public sealed record SelfSubjectReview : KubeObject
{
    [Doc("The observed state, written by the system.")]
    [Zero]
    public SelfSubjectReviewStatus? Status { get; init; }
}

public sealed record SelfSubjectReviewStatus
{
    [Zero]
    public UserInfo? UserInfo { get; init; }
}
