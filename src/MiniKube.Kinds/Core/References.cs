namespace MiniKube.Kinds.Core;

[AtomicMap]
public sealed record LocalObjectReference
{
    public string? Name { get; init; }
}

[AtomicMap]
public sealed record ObjectReference
{
    public string? ApiVersion { get; init; }
    public string? FieldPath { get; init; }
    public string? Kind { get; init; }
    public string? Name { get; init; }
    public string? Namespace { get; init; }
    public string? ResourceVersion { get; init; }
    public string? Uid { get; init; }
}

[AtomicMap]
public sealed record SecretReference
{
    public string? Name { get; init; }
    public string? Namespace { get; init; }
}

[AtomicMap]
public sealed record TypedLocalObjectReference
{
    [KeepEmpty]
    public string? ApiGroup { get; init; }

    [Required]
    public string? Kind { get; init; }

    [Required]
    public string? Name { get; init; }
}

public sealed record TypedObjectReference
{
    [KeepEmpty]
    public string? ApiGroup { get; init; }

    [Required]
    public string? Kind { get; init; }

    [Required]
    public string? Name { get; init; }

    [KeepEmpty]
    public string? Namespace { get; init; }
}
