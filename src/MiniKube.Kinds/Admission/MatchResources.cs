namespace MiniKube.Kinds.Admission;

[AtomicMap]
public sealed record MatchResources
{
    public IReadOnlyList<NamedRuleWithOperations>? ExcludeResourceRules { get; init; }

    [Default("Equivalent"), Allowed("Equivalent", "Exact")]
    public string? MatchPolicy { get; init; }

    [Zero]
    public LabelSelector? NamespaceSelector { get; init; }

    [Zero]
    public LabelSelector? ObjectSelector { get; init; }

    public IReadOnlyList<NamedRuleWithOperations>? ResourceRules { get; init; }
}

[AtomicMap]
public sealed record NamedRuleWithOperations
{
    public IReadOnlyList<string>? ApiGroups { get; init; }
    public IReadOnlyList<string>? ApiVersions { get; init; }
    public IReadOnlyList<string>? Operations { get; init; }
    public IReadOnlyList<string>? ResourceNames { get; init; }
    public IReadOnlyList<string>? Resources { get; init; }

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
