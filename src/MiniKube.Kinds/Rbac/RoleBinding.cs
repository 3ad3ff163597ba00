namespace MiniKube.Kinds.Rbac;

[Doc("Grants a role to subjects within a namespace.")]
[Kind("rbac.authorization.k8s.io", "v1", "rolebindings")]
public sealed record RoleBinding : KubeObject
{
    [Doc("The role that is granted.")]
    [Required]
    public RoleRef? RoleRef { get; init; }

    [Doc("Who is granted the role.")]
    public IReadOnlyList<Subject>? Subjects { get; init; }
}
