namespace MiniKube.Kinds.Admission;

public sealed record RuleWithOperations
{
    public IReadOnlyList<string>? ApiGroups { get; init; }
    public IReadOnlyList<string>? ApiVersions { get; init; }
    public IReadOnlyList<string>? Operations { get; init; }
    public IReadOnlyList<string>? Resources { get; init; }

    [Default("*"), Allowed("*", "Cluster", "Namespaced")]
    public string? Scope { get; init; }
}

public sealed record ServiceReference
{
    [Required]
    public string? Name { get; init; }

    [Required]
    public string? Namespace { get; init; }

    [KeepEmpty]
    public string? Path { get; init; }

    [Default(443)]
    public int? Port { get; init; }
}

public sealed record WebhookClientConfig
{
    public byte[]? CaBundle { get; init; }
    public ServiceReference? Service { get; init; }

    [KeepEmpty]
    public string? Url { get; init; }
}
