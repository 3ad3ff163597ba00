namespace MiniKube.Kinds.Rbac;

[Doc("Permissions within a namespace.")]
[Kind("rbac.authorization.k8s.io", "v1", "roles")]
public sealed record Role : KubeObject
{
    [Doc("What is allowed.")]
    public IReadOnlyList<PolicyRule>? Rules { get; init; }
}
