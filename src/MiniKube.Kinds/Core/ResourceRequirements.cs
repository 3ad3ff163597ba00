using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

[Doc("What a container needs at least and may use at most.")]
public sealed record ResourceRequirements
{
    [ListMap("name")]
    public IReadOnlyList<ResourceClaim>? Claims { get; init; }

    [Doc("The most that may be used.")]
    public IReadOnlyDictionary<string, Quantity>? Limits { get; init; }

    [Doc("The least that is needed.")]
    public IReadOnlyDictionary<string, Quantity>? Requests { get; init; }
}

public sealed record ResourceClaim
{
    [Required]
    public string? Name { get; init; }

    public string? Request { get; init; }
}

public sealed record VolumeResourceRequirements
{
    [Doc("The most that may be used.")]
    public IReadOnlyDictionary<string, Quantity>? Limits { get; init; }

    [Doc("The least that is needed.")]
    public IReadOnlyDictionary<string, Quantity>? Requests { get; init; }
}
