namespace MiniKube.Kinds.Core;

[AtomicMap]
public sealed record NodeSelector
{
    [Required]
    public IReadOnlyList<NodeSelectorTerm>? NodeSelectorTerms { get; init; }
}

[AtomicMap]
public sealed record NodeSelectorTerm
{
    [Doc("Conditions; all must hold.")]
    public IReadOnlyList<NodeSelectorRequirement>? MatchExpressions { get; init; }

    public IReadOnlyList<NodeSelectorRequirement>? MatchFields { get; init; }
}

public sealed record NodeSelectorRequirement
{
    [Required]
    public string? Key { get; init; }

    [Required, Allowed("DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn")]
    public string? Operator { get; init; }

    public IReadOnlyList<string>? Values { get; init; }
}

public sealed record VolumeNodeAffinity
{
    public NodeSelector? Required { get; init; }
}
