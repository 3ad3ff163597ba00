namespace MiniKube.Kinds.Admission;

[AtomicMap]
public sealed record MatchResources
{
    public IReadOnlyList<NamedRuleWithOperations>? ExcludeResourceRules { get; init; }

    [Doc("Whether equivalent versions of a resource match too.")]
    [Default("Equivalent"), Allowed("Equivalent", "Exact")]
    public string? MatchPolicy { get; init; }

    [Doc("Picks namespaces by their labels.")]
    [Zero]
    public LabelSelector? NamespaceSelector { get; init; }

    [Doc("Picks objects by their labels.")]
    [Zero]
    public LabelSelector? ObjectSelector { get; init; }

    public IReadOnlyList<NamedRuleWithOperations>? ResourceRules { get; init; }
}

[AtomicMap]
public sealed record NamedRuleWithOperations
{
    [Doc("API groups; \"\" is core, * is all.")]
    public IReadOnlyList<string>? ApiGroups { get; init; }

    [Doc("API versions; * is all.")]
    public IReadOnlyList<string>? ApiVersions { get; init; }

    [Doc("Which operations; * is all.")]
    public IReadOnlyList<string>? Operations { get; init; }

    public IReadOnlyList<string>? ResourceNames { get; init; }
    public IReadOnlyList<string>? Resources { get; init; }

    [Doc("Cluster or Namespaced, or *.")]
    [Default("*"), Allowed("*", "Cluster", "Namespaced")]
    public string? Scope { get; init; }
}

public sealed record MatchCondition
{
    [Required, Zero]
    public string? Expression { get; init; }

    [Required, Zero]
    public string? Name { get; init; }
}

[AtomicMap]
public sealed record ParamKind
{
    public string? ApiVersion { get; init; }
    public string? Kind { get; init; }
}

[AtomicMap]
public sealed record ParamRef
{
    public string? Name { get; init; }
    public string? Namespace { get; init; }
    public string? ParameterNotFoundAction { get; init; }
    public LabelSelector? Selector { get; init; }
}

public sealed record Variable
{
    [Required]
    public string? Expression { get; init; }

    [Required]
    public string? Name { get; init; }
}
