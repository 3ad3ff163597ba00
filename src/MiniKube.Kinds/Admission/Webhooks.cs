namespace MiniKube.Kinds.Admission;

public sealed record RuleWithOperations
{
    [Doc("API groups; \"\" is core, * is all.")]
    public IReadOnlyList<string>? ApiGroups { get; init; }

    [Doc("API versions; * is all.")]
    public IReadOnlyList<string>? ApiVersions { get; init; }

    [Doc("Which operations; * is all.")]
    public IReadOnlyList<string>? Operations { get; init; }

    public IReadOnlyList<string>? Resources { get; init; }

    [Doc("Cluster or Namespaced, or *.")]
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
    [Doc("Certificates to trust, in base64.")]
    public byte[]? CaBundle { get; init; }

    public ServiceReference? Service { get; init; }

    [KeepEmpty]
    public string? Url { get; init; }
}
