using System.Text;
using System.Text.Json;
using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>The objects one list request is about, all as of one revision.</summary>
internal sealed record Page(long Revision, List<Entry> Entries, string? Continue, long? Remaining)
{
    // In a token: as things are by now, not as they were at the first page.
    private const long Newest = -1;

    public static async ValueTask<Result<Page>> Of(ServerContext server, Kind kind, ApiRequest request, ListOptions options)
    {
        (string Namespace, string Name)? after = null;
        long? revision = null;
        if (options.Continue.Length > 0)
        {
            if (options.ResourceVersion is not ("" or "0")) return ApiError.BadRequest("specifying resource version is not allowed when using continue");
            var token = ReadToken(options.Continue);
            if (token.Error is { } broken) return broken;
            (revision, after) = (token.Value.Revision == Newest ? null : token.Value.Revision, token.Value.After);
        }
        else if (options.Match == "Exact" || options is { Match: "", Limit: > 0, ResourceVersion: not ("" or "0") })
        {
            revision = options.Revision;
        }
        else if (options.Revision > server.Store.Revision)
        {
            return TooNew(options.Revision, server.Store.Revision);
        }

        var snapshot = server.Store.Snapshot();
        if (revision is { } at && at != snapshot.Revision)
        {
            var (old, fault) = await server.Store.SnapshotAt(at, request.Cancel);
            if (fault is StoreFault.Future future) return TooNew(at, future.Newest);
            if (old is null) return after is { } start ? ExpiredAfter(start) : ApiError.Expired("The resourceVersion for the provided list is too old.");
            snapshot = old;
        }

        var ns = kind.Namespaced && request.Info.Namespace.Length > 0 ? request.Info.Namespace : null;
        var page = new List<Entry>();
        foreach (var entry in snapshot.List(kind.Collection, ns, after))
        {
            if (!options.SelectsAll && !options.Selects(entry)) continue;
            if (options.Limit > 0 && page.Count == options.Limit)
            {
                var last = page[^1].Key;
                return new Page(snapshot.Revision, page, WriteToken(snapshot.Revision, (last.Namespace, last.Name)),
                    options.SelectsAll ? snapshot.List(kind.Collection, ns, (last.Namespace, last.Name)).Count() : null);
            }
            page.Add(entry);
        }
        return new Page(snapshot.Revision, page, null, null);
    }

    private static string WriteToken(long revision, (string Namespace, string Name) last) =>
        Convert.ToBase64String(JsonWriter.ToUtf8(new JsonMap { { "v", "meta.k8s.io/v1" }, { "rv", revision }, { "start", $"{last.Namespace}/{last.Name}" } }))
            .TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static Result<(long Revision, (string Namespace, string Name) After)> ReadToken(string token)
    {
        try
        {
            var padded = token.Replace('-', '+').Replace('_', '/');
            var map = JsonReader.ReadMap(Convert.FromBase64String(padded.PadRight((padded.Length + 3) / 4 * 4, '=')));
            if (map.Whole("rv") is { } revision and (Newest or > 0) && map.Text("start")?.Split('/', 2) is [var ns, var name]) return (revision, (ns, name));
            return ApiError.BadRequest("invalid continue token: continue key is not valid");
        }
        catch (Exception e) when (e is FormatException or JsonException or DecoderFallbackException)
        {
            return ApiError.BadRequest($"invalid continue token: continue key is not valid: {e.Message}");
        }
    }

    public static ApiError TooNew(long asked, long current) => new(504, "Timeout", $"Timeout: Too large resource version: {asked}, current: {current}")
    {
        RetryAfterSeconds = 1,
        Causes = [new FieldError("", FieldFault.ResourceVersionTooLarge, "Too large resource version")],
    };

    /// <summary>The list as it was is gone. Who would rather have the rest as it is now than begin again can have it by the token in the answer.</summary>
    private static ApiError ExpiredAfter((string Namespace, string Name) start) => ApiError.Expired(
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response "
        + "to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time "
        + "the first chunk was returned and now may show up in the list.") with
    { Continue = WriteToken(Newest, start) };
}
