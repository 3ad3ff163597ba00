using MiniKube.Machinery;

namespace MiniKube.ControlLoop;

/// <summary>
/// The one way to state for everything that is not the server. Two implementations: in process (same identity,
/// admission, validation and store as HTTP, without sockets and text) and HTTPS. Objects travel as UTF-8 JSON.
/// </summary>
public interface IApi
{
    /// <summary>GET of the object or of a subresource ("scale").</summary>
    Task<Result<ApiObject>> Get(ResourceRef resource, string? ns, string name, string? subresource = null, CancellationToken cancel = default);

    Task<Result<ApiList>> List(ResourceRef resource, string? ns, ListQuery query = default, CancellationToken cancel = default);

    /// <summary>
    /// Follows changes after query.ResourceVersion until cancelled, the server ends it (the enumeration completes), or
    /// it fails (the last element is an Error carrying the ApiError, Expired included).
    /// </summary>
    IAsyncEnumerable<ApiEvent> Watch(ResourceRef resource, string? ns, ListQuery query, CancellationToken cancel = default);

    /// <summary>POST of an object, or of a subresource ("binding", "eviction", "token") of the named object.</summary>
    Task<Result<ApiObject>> Create(ResourceRef resource, string? ns, ReadOnlyMemory<byte> body, string? name = null, string? subresource = null,
        WriteQuery query = default, CancellationToken cancel = default);

    /// <summary>PUT of the object or of a subresource ("status", "scale", "finalize", "approval" …).</summary>
    Task<Result<ApiObject>> Update(ResourceRef resource, string? ns, string name, ReadOnlyMemory<byte> body, string? subresource = null,
        WriteQuery query = default, CancellationToken cancel = default);

    Task<Result<ApiObject>> Patch(ResourceRef resource, string? ns, string name, PatchKind kind, ReadOnlyMemory<byte> patch,
        string? subresource = null, WriteQuery query = default, CancellationToken cancel = default);

    Task<Result<ApiObject>> Delete(ResourceRef resource, string? ns, string name, DeleteQuery query = default, CancellationToken cancel = default);

    /// <summary>GET of a path that names no object of a resource: discovery, metrics of other servers.</summary>
    Task<Result<ApiObject>> Document(string path, CancellationToken cancel = default);
}

/// <summary>Group, version and plural: what a path is made of.</summary>
public sealed record ResourceRef(string Group, string Version, string Plural)
{
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";
    public override string ToString() => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
}

/// <summary>One object as the server sent it. The bytes are shared and never changed.</summary>
public sealed record ApiObject(ReadOnlyMemory<byte> Json);

public sealed record ApiList(IReadOnlyList<ReadOnlyMemory<byte>> Items, string ResourceVersion, string? Continue);

public enum EventType
{
    Added,
    Modified,
    Deleted,
    Bookmark,
    Error,
}

public sealed record ApiEvent(EventType Type, ReadOnlyMemory<byte> Json, ApiError? Error = null);

public enum PatchKind
{
    Json,
    Merge,
    Strategic,
    Apply,
}

public readonly record struct ListQuery
{
    public string? LabelSelector { get; init; }
    public string? FieldSelector { get; init; }
    public string? ResourceVersion { get; init; }
    public int? Limit { get; init; }
    public string? Continue { get; init; }
    public bool Bookmarks { get; init; }
}

public readonly record struct WriteQuery
{
    public bool DryRun { get; init; }
    public string? FieldManager { get; init; }
    public bool Force { get; init; }
}

public readonly record struct DeleteQuery
{
    public string? Uid { get; init; }
    public string? ResourceVersion { get; init; }
    public long? GracePeriodSeconds { get; init; }

    /// <summary>Background, Foreground, Orphan or null for the kind's default.</summary>
    public string? Propagation { get; init; }
}
