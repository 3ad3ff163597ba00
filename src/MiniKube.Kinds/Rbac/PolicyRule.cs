namespace MiniKube.Kinds.Rbac;

public sealed record PolicyRule
{
    [Doc("Of which API groups; \"\" is core.")]
    public IReadOnlyList<string>? ApiGroups { get; init; }

    [Doc("Paths that are no resources, such as /healthz.")]
    public IReadOnlyList<string>? NonResourceURLs { get; init; }

    [Doc("Names that the rule is limited to.")]
    public IReadOnlyList<string>? ResourceNames { get; init; }

    [Doc("To which resources; * is all.")]
    public IReadOnlyList<string>? Resources { get; init; }

    [Doc("What may be done; * is everything.")]
    [Required]
    public IReadOnlyList<string>? Verbs { get; init; }
}
