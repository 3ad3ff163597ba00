using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>A request as the verbs see it: transport is gone, identity is known.</summary>
public sealed record ApiRequest
{
    public required RequestInfo Info { get; init; }
    public required UserInfo User { get; init; }
    public Query Query { get; init; } = Query.Empty;
    public ReadOnlyMemory<byte> Body { get; init; }
    public string ContentType { get; init; } = "";
    public string Accept { get; init; } = "";
    public string UserAgent { get; init; } = "";
    public CancellationToken Cancel { get; init; }

    /// <summary>Warning headers for the client, in the order they arose.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>Gives its seat to others: for a request that goes on waiting for somebody else.</summary>
    public Action? StandAside { get; init; }

    /// <summary>Asked by a part of this process: there is no connection that could be handed over.</summary>
    public bool Own { get; init; }

    /// <summary>What this request leaves in the audit log; null where nobody keeps one.</summary>
    public Audit.AuditTrail? Trail { get; init; }

    /// <summary>What is told there about this request.</summary>
    public IDictionary<string, string>? Annotations { get => field ?? Trail?.Annotations; init; }

    public bool DryRun => Query.Has("dryRun");

    /// <summary>Who writes: the fieldManager parameter, or the first word of the user agent as upstream does it.</summary>
    public string FieldManager
    {
        get
        {
            if (Query["fieldManager"] is { Length: > 0 } manager) return manager;
            var name = UserAgent.Split('/', ' ')[0];
            return name.Length == 0 ? "unknown" : name.Length > 128 ? name[..128] : name;
        }
    }
}

/// <summary>What goes back. Closed: bytes, a stream of watch frames, or a connection taken over.</summary>
public abstract record ApiResponse
{
    private ApiResponse() { }

    public sealed record Bytes(int Status, ReadOnlyMemory<byte> Content, string ContentType = "application/json") : ApiResponse
    {
        public int? RetryAfterSeconds { get; init; }
        public string? ETag { get; init; }

        /// <summary>The URL names this very content.</summary>
        public bool Immutable { get; init; }
    }

    /// <summary>A list, written item by item: it never exists as one block.</summary>
    public sealed record Listing(ReadOnlyMemory<byte> Head, IEnumerable<ReadOnlyMemory<byte>> Items, string ResourceVersion, string? Continue) : ApiResponse
    {
        private static readonly ReadOnlyMemory<byte> Comma = ","u8.ToArray();
        private static readonly ReadOnlyMemory<byte> Tail = "]}\n"u8.ToArray();

        public IEnumerable<ReadOnlyMemory<byte>> Parts()
        {
            yield return Head;
            var first = true;
            foreach (var item in Items)
            {
                if (!first) yield return Comma;
                first = false;
                yield return item;
            }
            yield return Tail;
        }
    }

    /// <summary>Frames as they come, flushed per batch.</summary>
    public sealed record Frames(IAsyncEnumerable<WatchBatch> Content, string ContentType = "application/json") : ApiResponse;

    /// <summary>The handler speaks HTTP itself (upgrades, proxies).</summary>
    public sealed record Takeover(Func<Microsoft.AspNetCore.Http.HttpContext, Task> Run) : ApiResponse;

    public static ApiResponse Of(int status, Json body) => new Bytes(status, JsonWriter.ToUtf8(body));

    public static ApiResponse Of(ApiError error) =>
        new Bytes(error.Code, JsonWriter.ToUtf8(error.ToStatus())) { RetryAfterSeconds = error.RetryAfterSeconds };

    public static ApiResponse Text(int status, string text) =>
        new Bytes(status, System.Text.Encoding.UTF8.GetBytes(text), "text/plain; charset=utf-8");

    public static implicit operator ApiResponse(ApiError error) => Of(error);
}
