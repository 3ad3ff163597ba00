namespace MiniKube.Kinds.Meta;

public sealed record DeleteOptions
{
    public string? ApiVersion { get; init; }
    public IReadOnlyList<string>? DryRun { get; init; }
    public long? GracePeriodSeconds { get; init; }
    public bool? IgnoreStoreReadErrorWithClusterBreakingPotential { get; init; }
    public string? Kind { get; init; }
    public bool? OrphanDependents { get; init; }
    public Preconditions? Preconditions { get; init; }
    public string? PropagationPolicy { get; init; }
}

public sealed record Preconditions
{
    public string? ResourceVersion { get; init; }
    public string? Uid { get; init; }
}
