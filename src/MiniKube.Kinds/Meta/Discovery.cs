namespace MiniKube.Kinds.Meta;

public sealed record APIGroup
{
    public string? ApiVersion { get; init; }
    public string? Kind { get; init; }

    [Required]
    public string? Name { get; init; }

    public GroupVersionForDiscovery? PreferredVersion { get; init; }
    public IReadOnlyList<ServerAddressByClientCIDR>? ServerAddressByClientCIDRs { get; init; }

    [Required]
    public IReadOnlyList<GroupVersionForDiscovery>? Versions { get; init; }
}

public sealed record GroupVersionForDiscovery
{
    [Required]
    public string? GroupVersion { get; init; }

    [Required]
    public string? Version { get; init; }
}

public sealed record ServerAddressByClientCIDR
{
    [Required]
    public string? ClientCIDR { get; init; }

    [Required]
    public string? ServerAddress { get; init; }
}

public sealed record APIGroupList
{
    public string? ApiVersion { get; init; }

    [Required]
    public IReadOnlyList<APIGroup>? Groups { get; init; }

    public string? Kind { get; init; }
}

public sealed record APIResource
{
    public IReadOnlyList<string>? Categories { get; init; }
    public string? Group { get; init; }

    [Required]
    public string? Kind { get; init; }

    [Required]
    public string? Name { get; init; }

    [Required]
    public bool? Namespaced { get; init; }

    [Doc("Abbreviations.")]
    public IReadOnlyList<string>? ShortNames { get; init; }

    [Required]
    public string? SingularName { get; init; }

    public string? StorageVersionHash { get; init; }

    [Required]
    public IReadOnlyList<string>? Verbs { get; init; }

    public string? Version { get; init; }
}

public sealed record APIResourceList
{
    public string? ApiVersion { get; init; }

    [Required]
    public string? GroupVersion { get; init; }

    public string? Kind { get; init; }

    [Required]
    public IReadOnlyList<APIResource>? Resources { get; init; }
}

public sealed record APIVersions
{
    public string? ApiVersion { get; init; }
    public string? Kind { get; init; }

    [Required]
    public IReadOnlyList<ServerAddressByClientCIDR>? ServerAddressByClientCIDRs { get; init; }

    [Required]
    public IReadOnlyList<string>? Versions { get; init; }
}

public sealed record Info
{
    [Required]
    public string? BuildDate { get; init; }

    [Required]
    public string? Compiler { get; init; }

    public string? EmulationMajor { get; init; }
    public string? EmulationMinor { get; init; }

    [Required]
    public string? GitCommit { get; init; }

    [Required]
    public string? GitTreeState { get; init; }

    [Required]
    public string? GitVersion { get; init; }

    [Required]
    public string? GoVersion { get; init; }

    [Required]
    public string? Major { get; init; }

    public string? MinCompatibilityMajor { get; init; }
    public string? MinCompatibilityMinor { get; init; }

    [Required]
    public string? Minor { get; init; }

    [Required]
    public string? Platform { get; init; }
}
