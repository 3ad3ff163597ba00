using System.Globalization;
using System.Runtime.CompilerServices;
using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>watch: a cursor over the store's changes; whoever wants them plain gets the stored bytes.</summary>
internal static class Watch
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(45);

    public static async ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        var parsed = ListOptions.Of(kind, request, watch: true);
        if (parsed.Error is { } bad) return bad;
        var options = parsed.Value;
        var form = Form.Of(request.Accept);
        if (form.Error is { } refused) return refused;

        var snapshot = server.Store.Snapshot();
        var initial = options.SendInitialEvents ?? options.ResourceVersion is "" or "0";
        var from = initial || options.ResourceVersion is "" or "0" ? snapshot.Revision : options.Revision;
        var (follower, fault) = await server.Store.Follow(kind.Collection, from, request.Cancel);
        if (fault is StoreFault.Future future) return Page.TooNew(from, future.Newest);
        var session = new Session(server, kind, request, options, form, initial ? snapshot : null);
        return new ApiResponse.Frames(session.Run(follower, request.Cancel), "application/json");
    }

    private sealed class Session(ServerContext server, Kind kind, ApiRequest request, ListOptions options, Form form, ISnapshot? initial)
    {
        private readonly string? ns = kind.Namespaced && request.Info.Namespace.Length > 0 ? request.Info.Namespace : null;
        private readonly string? name = request.Info.Name.Length > 0 ? request.Info.Name : null;
        private readonly bool plain = form.IsPlain && kind.ShownAsStored;
        private bool headersSent;

        public async IAsyncEnumerable<WatchBatch> Run(IFollower? follower, [EnumeratorCancellation] CancellationToken cancel)
        {
            if (follower is null)
            {
                yield return new([Gone()]);
                yield break;
            }
            using var cursor = follower;
            if (initial is not null)
            {
                var batch = new List<WatchFrame>();
                var wanted = initial.List(kind.Collection, ns).Where(Wanted);
                if (kind.Converter is not null)
                {
                    var converted = await server.Converter.All(server, kind, [.. wanted], request.StandAside);
                    if (converted.Error is { } unfit)
                    {
                        yield return new([new(FrameType.Error, JsonWriter.ToUtf8(unfit.ToStatus()))]);
                        yield break;
                    }
                    wanted = converted.Value;
                }
                foreach (var entry in wanted)
                {
                    batch.Add(Frame(FrameType.Added, entry));
                    if (batch.Count < 500) continue;
                    yield return new(batch);
                    batch = [];
                }
                if (options is { SendInitialEvents: true, Bookmarks: true }) batch.Add(Bookmark(initial.Revision, endOfInitial: true));
                yield return new(batch);
            }
            else
            {
                // Headers go out at once, so that the client knows the watch stands.
                yield return new([]);
            }

            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel, server.Stopping);
            deadline.CancelAfter(options.Timeout ?? DefaultTimeout);
            var lastBookmark = server.Now;
            while (true)
            {
                var (events, fault) = await Next(cursor, deadline.Token);
                if (kind.Converter is not null)
                {
                    var converted = await server.Converter.All(server, kind, events);
                    if (converted.Error is { } unfit)
                    {
                        yield return new([new(FrameType.Error, JsonWriter.ToUtf8(unfit.ToStatus()))]);
                        yield break;
                    }
                    events = converted.Value;
                }
                // A watch that has lasted long enough just ends; one that has only waited for its next bookmark goes on.
                if (deadline.IsCancellationRequested) break;
                if (fault is not null and not StoreFault.Cancelled)
                {
                    yield return new([Gone()]);
                    yield break;
                }
                if (options.Bookmarks && (fault is not null || server.Now - lastBookmark >= server.Options.BookmarkEvery))
                {
                    lastBookmark = server.Now;
                    yield return new([.. Of(events), Bookmark(cursor.Position, endOfInitial: false)]);
                    continue;
                }
                if (events.Count == 0) continue;
                var batch = plain && name is null && options.SelectsAll ? WatchBatch.Of(events, ns ?? "", Of) : new(Of(events));
                if (batch.Frames.Count > 0) yield return batch;
            }
        }

        private async ValueTask<(IReadOnlyList<StoreEvent> Events, StoreFault? Fault)> Next(IFollower cursor, CancellationToken deadline)
        {
            if (!options.Bookmarks) return await cursor.ReadAsync(deadline);
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(deadline);
            pause.CancelAfter(server.Options.BookmarkEvery);
            return await cursor.ReadAsync(pause.Token);
        }

        private bool Wanted(Entry entry) =>
            (ns is null || entry.Key.Namespace == ns) && (name is null || entry.Key.Name == name) && (options.SelectsAll || options.Selects(entry));

        private List<WatchFrame> Of(IReadOnlyList<StoreEvent> changes)
        {
            var frames = new List<WatchFrame>(changes.Count);
            foreach (var change in changes)
                if (Of(change) is { } frame) frames.Add(frame);
            return frames;
        }

        /// <summary>A change as this watcher sees it: coming into and dropping out of a selection are ADDED and DELETED.</summary>
        private WatchFrame? Of(StoreEvent change)
        {
            var isIn = !change.Deleted && Wanted(change.Entry);
            var wasIn = change.Previous is not null && Wanted(change.Previous);
            if (!isIn && !wasIn) return null;
            if (isIn) return Frame(wasIn ? FrameType.Modified : FrameType.Added, change.Entry);
            if (change.Deleted) return Frame(FrameType.Deleted, change.Entry);
            var last = ObjectCodec.Read(change.Previous!);
            last.MapOrNew("metadata").Set("resourceVersion", change.Revision.ToString(CultureInfo.InvariantCulture));
            return new(FrameType.Deleted, JsonWriter.ToUtf8(Shaped(Present.ToVersion(kind, last))));
        }

        private WatchFrame Frame(FrameType type, Entry entry) => plain
            ? new(type, entry.Value)
            : new(type, JsonWriter.ToUtf8(Shaped(Present.ToVersion(kind, ObjectCodec.Read(entry)))));

        private JsonMap Shaped(JsonMap obj)
        {
            switch (form.Shape)
            {
                case Shape.Table:
                    var table = Tables.Of(kind, form, [obj], obj.Map("metadata")?.Text("resourceVersion") ?? "", server.Now,
                        request.Query["includeObject"] ?? "Metadata", headers: !headersSent);
                    headersSent = true;
                    return table;
                case Shape.Metadata:
                    return Present.Partial(obj, form);
                default:
                    return obj;
            }
        }

        private WatchFrame Bookmark(long revision, bool endOfInitial)
        {
            var metadata = new JsonMap { { "resourceVersion", revision.ToString(CultureInfo.InvariantCulture) }, { "creationTimestamp", Json.Null } };
            if (endOfInitial) metadata.Add("annotations", new JsonMap { { "k8s.io/initial-events-end", "true" } });
            var obj = new JsonMap { { "kind", kind.Name }, { "apiVersion", kind.ApiVersion }, { "metadata", metadata } };
            return new(FrameType.Bookmark, JsonWriter.ToUtf8(form.Shape switch
            {
                Shape.Table => Tables.Of(kind, form, [obj], revision.ToString(CultureInfo.InvariantCulture), server.Now, "Metadata", headers: !headersSent),
                Shape.Metadata => Present.Partial(obj, form),
                _ => obj,
            }));
        }

        private WatchFrame Gone() => new(FrameType.Error, JsonWriter.ToUtf8(
            ApiError.Expired($"too old resource version: {options.ResourceVersion} ({server.Store.Revision})").ToStatus()));
    }
}
