namespace MiniKube.Kinds.Meta;

[Doc("What every list has.")]
public sealed record ListMeta
{
    public string? Continue { get; init; }
    public long? RemainingItemCount { get; init; }
    public string? ResourceVersion { get; init; }
    public string? SelfLink { get; init; }
    public ShardInfo? ShardInfo { get; init; }
}

public sealed record ShardInfo
{
    [Required]
    public string? Selector { get; init; }
}
