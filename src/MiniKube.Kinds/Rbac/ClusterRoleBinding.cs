namespace MiniKube.Kinds.Rbac;

[Doc("Grants a ClusterRole to subjects everywhere.")]
[Kind("rbac.authorization.k8s.io", "v1", "clusterrolebindings", ClusterScoped = true)]
public sealed record ClusterRoleBinding : KubeObject
{
    [Doc("The role that is granted.")]
    [Required]
    public RoleRef? RoleRef { get; init; }

    [Doc("Who is granted the role.")]
    public IReadOnlyList<Subject>? Subjects { get; init; }
}
