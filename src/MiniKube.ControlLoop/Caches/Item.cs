using System.Diagnostics.CodeAnalysis;
using MiniKube.Machinery;

namespace MiniKube.ControlLoop;

/// <summary>An object in a cache: its bytes and its metadata. Immutable.</summary>
public class Item(ResourceType type, ReadOnlyMemory<byte> json)
{
    public ResourceType Type { get; } = type;
    public ReadOnlyMemory<byte> Json { get; } = type.KeepsBytes ? json : default;
    public Meta Meta { get; } = Meta.Read(json.Span);

    public string Name => Meta.Name;
    public string Namespace => Meta.Namespace;
    public string Uid => Meta.Uid;
    public Key Key => Meta.Key;
    public bool BeingDeleted => Meta.BeingDeleted;

    public ObjectRef Ref => new(Type.Ref.ApiVersion, Type.Kind, Namespace.Length == 0 ? null : Namespace, Name, Uid, Meta.ResourceVersion);

    /// <summary>The object as a tree of the caller's own.</summary>
    public JsonMap Tree() => JsonReader.ReadMap(Json.Span);

    public bool IsControlledBy(Item owner) => Meta.Controller is { } c && c.Uid == owner.Uid;

    public override string ToString() => $"{Type.Ref} {Key}";
}

/// <summary>An object with its typed view, which is read from the bytes when first asked for and then kept.</summary>
public sealed class Item<T>(ResourceType<T> type, ReadOnlyMemory<byte> json) : Item(type, json) where T : class
{
    private readonly Func<ReadOnlyMemory<byte>, T> read = type.Read;
    private T? value;

    [NotNull]
    public T? Value => value ??= read(Json);
}
