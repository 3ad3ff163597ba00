namespace MiniKube.Kinds.Rbac;

[Doc("Grants a role to subjects within a namespace.")]
[Kind("rbac.authorization.k8s.io", "v1", "rolebindings")]
public sealed record RoleBinding : KubeObject
{
    [Required]
    public RoleRef? RoleRef { get; init; }

    public IReadOnlyList<Subject>? Subjects { get; init; }
}
