using System.Runtime.CompilerServices;
using MiniKube.ControlLoop;
using MiniKube.Machinery;
using MiniKube.Server;

namespace MiniKube.Host;

/// <summary>
/// The client port without sockets: same identity, authorization, admission, validation and store as HTTP. Stored bytes
/// are handed over as they lie in memory.
/// </summary>
public sealed class InProcessApi(ApiServer server, UserInfo user, string agent) : IApi
{
    public async Task<Result<ApiObject>> Get(ResourceRef resource, string? ns, string name, string? subresource = null, CancellationToken cancel = default) =>
        Object(await Send("get", resource, ns, name, subresource, cancel));

    public async Task<Result<ApiList>> List(ResourceRef resource, string? ns, ListQuery query = default, CancellationToken cancel = default)
    {
        var response = await Send("list", resource, ns, Pinned(query), null, cancel, Of(query));
        if (response is ApiResponse.Listing listing)
            return new ApiList([.. listing.Items], listing.ResourceVersion, listing.Continue);
        // What is made for the asking comes in one piece.
        var whole = Object(response);
        return whole.Ok ? JsonSlices.List(whole.Value.Json) : whole.Error!;
    }

    public async IAsyncEnumerable<ApiEvent> Watch(ResourceRef resource, string? ns, ListQuery query, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        var response = await Send("watch", resource, ns, Pinned(query), null, cancel, Of(query));
        if (response is not ApiResponse.Frames frames)
        {
            yield return new ApiEvent(EventType.Error, default, Object(response).Error ?? ApiError.Internal("a watch was answered with something else"));
            yield break;
        }
        await foreach (var batch in frames.Content.WithCancellation(cancel))
        {
            foreach (var frame in batch.Frames)
            {
                var failed = frame.Type == FrameType.Error;
                yield return new ApiEvent(Of(frame.Type), frame.Object, failed ? ApiError.FromStatus(JsonReader.ReadMap(frame.Object.Span)) : null);
                if (failed) yield break;
            }
        }
    }

    public async Task<Result<ApiObject>> Create(ResourceRef resource, string? ns, ReadOnlyMemory<byte> body, string? name = null, string? subresource = null,
        WriteQuery query = default, CancellationToken cancel = default) =>
        Object(await Send("create", resource, ns, name ?? "", subresource, cancel, Of(query), body));

    public async Task<Result<ApiObject>> Update(ResourceRef resource, string? ns, string name, ReadOnlyMemory<byte> body, string? subresource = null,
        WriteQuery query = default, CancellationToken cancel = default) =>
        Object(await Send("update", resource, ns, name, subresource, cancel, Of(query), body));

    public async Task<Result<ApiObject>> Patch(ResourceRef resource, string? ns, string name, PatchKind kind, ReadOnlyMemory<byte> patch,
        string? subresource = null, WriteQuery query = default, CancellationToken cancel = default) =>
        Object(await Send("patch", resource, ns, name, subresource, cancel, Of(query), patch, kind switch
        {
            PatchKind.Json => "application/json-patch+json",
            PatchKind.Merge => "application/merge-patch+json",
            PatchKind.Strategic => "application/strategic-merge-patch+json",
            _ => "application/apply-patch+yaml",
        }));

    public async Task<Result<ApiObject>> Delete(ResourceRef resource, string? ns, string name, DeleteQuery query = default, CancellationToken cancel = default)
    {
        var options = new JsonMap { { "kind", "DeleteOptions" }, { "apiVersion", "v1" } };
        if (query.GracePeriodSeconds is { } grace) options.Add("gracePeriodSeconds", grace);
        if (query.Propagation is { } propagation) options.Add("propagationPolicy", propagation);
        if (query.Uid is not null || query.ResourceVersion is not null)
        {
            var preconditions = new JsonMap();
            if (query.Uid is { } uid) preconditions.Add("uid", uid);
            if (query.ResourceVersion is { } version) preconditions.Add("resourceVersion", version);
            options.Add("preconditions", preconditions);
        }
        return Object(await Send("delete", resource, ns, name, null, cancel, body: JsonWriter.ToUtf8(options)));
    }

    public async Task<Result<ApiObject>> Document(string path, CancellationToken cancel = default)
    {
        var at = path.IndexOf('?');
        var query = Query.Parse(at < 0 ? "" : path[at..]);
        return Object(await server.HandleOwn(new ApiRequest
        {
            User = user, UserAgent = agent, Cancel = cancel, Query = query, Accept = "application/json", Info = RequestInfo.Of("GET", Uri.UnescapeDataString(at < 0 ? path : path[..at]), query),
        }));
    }

    private ValueTask<ApiResponse> Send(string verb, ResourceRef resource, string? ns, string name, string? subresource, CancellationToken cancel,
        Query? query = null, ReadOnlyMemory<byte> body = default, string contentType = "application/json") => server.HandleOwn(new ApiRequest
        {
            User = user, UserAgent = agent, Cancel = cancel, Query = query ?? Query.Empty, Body = body, ContentType = contentType,
            Info = new RequestInfo
            {
                Verb = verb, Path = "", IsResource = true, Group = resource.Group, Version = resource.Version, Resource = resource.Plural,
                Subresource = subresource ?? "", Namespace = ns ?? (resource is { Group: "", Plural: "namespaces" } ? name : ""), Name = name,
                Fields = RequestInfo.Narrowed(query?["fieldSelector"]),
            },
        });

    private static Result<ApiObject> Object(ApiResponse response) => response is ApiResponse.Bytes bytes
        ? bytes.Status < 400 ? new ApiObject(bytes.Content) : bytes.ContentType == "application/json" ? ApiError.FromStatus(JsonReader.ReadMap(bytes.Content.Span)) : new ApiError(bytes.Status, "", "the server could not find the requested resource")
        : ApiError.Internal("an object was answered with a stream");

    /// <summary>A list of one by name is authorized as that name, as it is over HTTP.</summary>
    private static string Pinned(ListQuery query) => RequestInfo.Narrowed(query.FieldSelector).Pinned("metadata.name") ?? "";

    private static EventType Of(FrameType type) => type switch
    {
        FrameType.Added => EventType.Added,
        FrameType.Modified => EventType.Modified,
        FrameType.Deleted => EventType.Deleted,
        FrameType.Bookmark => EventType.Bookmark,
        _ => EventType.Error,
    };

    private static Query Of(ListQuery query) => Query.Of(
        ("labelSelector", query.LabelSelector), ("fieldSelector", query.FieldSelector), ("resourceVersion", query.ResourceVersion),
        ("limit", query.Limit?.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("continue", query.Continue),
        ("allowWatchBookmarks", query.Bookmarks ? "true" : null));

    private static Query Of(WriteQuery query) => Query.Of(
        ("dryRun", query.DryRun ? "All" : null), ("fieldManager", query.FieldManager), ("force", query.Force ? "true" : null));
}
