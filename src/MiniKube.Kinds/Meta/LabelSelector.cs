namespace MiniKube.Kinds.Meta;

[Doc("Picks objects by their labels; all conditions must hold.")]
[AtomicMap]
public sealed record LabelSelector
{
    [Doc("Conditions on labels; all must hold.")]
    public IReadOnlyList<LabelSelectorRequirement>? MatchExpressions { get; init; }

    [Doc("Labels that must be present with these values.")]
    public IReadOnlyDictionary<string, string>? MatchLabels { get; init; }
}

[Doc("A key, an operator and values.")]
public sealed record LabelSelectorRequirement
{
    [Required]
    public string? Key { get; init; }

    [Required]
    public string? Operator { get; init; }

    public IReadOnlyList<string>? Values { get; init; }
}

public sealed record FieldSelectorRequirement
{
    [Required]
    public string? Key { get; init; }

    [Required]
    public string? Operator { get; init; }

    public IReadOnlyList<string>? Values { get; init; }
}
