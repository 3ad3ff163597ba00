namespace MiniKube.Kinds.Core;

[AtomicMap]
public sealed record TopologySelectorTerm
{
    public IReadOnlyList<TopologySelectorLabelRequirement>? MatchLabelExpressions { get; init; }
}

public sealed record TopologySelectorLabelRequirement
{
    [Required]
    public string? Key { get; init; }

    [Required]
    public IReadOnlyList<string>? Values { get; init; }
}
