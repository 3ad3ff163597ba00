namespace MiniKube.ControlLoop;

/// <summary>A resource as controllers speak of it: where it lives, what kind its objects are, whether they have a namespace.</summary>
public record ResourceType(ResourceRef Ref, string Kind, bool Namespaced)
{
    /// <summary>Whether a cached object keeps the bytes it was read from, or its metadata only.</summary>
    public bool KeepsBytes { get; init; } = true;
}

/// <summary>A resource with the reader of its typed view.</summary>
public sealed record ResourceType<T>(ResourceRef Ref, string Kind, bool Namespaced, Func<ReadOnlyMemory<byte>, T> Read)
    : ResourceType(Ref, Kind, Namespaced) where T : class
{
    public Item<T> Item(ReadOnlyMemory<byte> json) => new(this, json);
}
