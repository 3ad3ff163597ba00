namespace MiniKube.Kinds.Rbac;

[AtomicMap]
public sealed record Subject
{
    public string? ApiGroup { get; init; }

    [Required]
    public string? Kind { get; init; }

    [Required]
    public string? Name { get; init; }

    public string? Namespace { get; init; }
}
