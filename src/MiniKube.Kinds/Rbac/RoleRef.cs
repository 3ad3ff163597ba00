namespace MiniKube.Kinds.Rbac;

[AtomicMap]
public sealed record RoleRef
{
    public string? ApiGroup { get; init; }

    [Doc("Role or ClusterRole.")]
    [Required]
    public string? Kind { get; init; }

    [Required]
    public string? Name { get; init; }
}
