using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MiniKube.ControlLoop;
using MiniKube.Machinery;

namespace MiniKube.TestKit;

/// <summary>
/// An API of maps and a log, for tests that must steer every step: the deterministic simulation and the loop's own tests.
/// It knows what every kind has in common (versions, generations, finalizers, graceful pod deletion, preconditions) and
/// nothing of admission, validation or defaults: whatever depends on those is tested against the real server.
/// </summary>
public sealed class MemoryApi(TimeProvider time, int seed = 1) : IApi
{
    private readonly Lock gate = new();
    private readonly Random random = new(seed);
    private readonly Dictionary<ResourceRef, SortedDictionary<string, JsonMap>> objects = [];
    private readonly Dictionary<ResourceRef, List<Logged>> logs = [];
    private readonly List<Channel<Logged>> watchers = [];
    private long version = 100;
    private long oldest;

    /// <summary>Asked before every write: an error here is what the caller gets.</summary>
    public Func<string, ResourceRef, string, ApiError?> Refuse { get; set; } = (_, _, _) => null;

    public long Version => version;
    public int WriteCount { get; private set; }

    public sealed record Logged(long Version, ResourceRef Resource, EventType Type, byte[] Json);

    public Task<Result<ApiObject>> Get(ResourceRef resource, string? ns, string name, string? subresource = null, CancellationToken cancel = default)
    {
        lock (gate)
            return Task.FromResult(Find(resource, ns, name) is { } found ? Answer(found) : NotFound(resource, name));
    }

    public Task<Result<ApiObject>> Document(string path, CancellationToken cancel = default) => Task.FromResult<Result<ApiObject>>(ApiError.UnknownPath());

    public Task<Result<ApiList>> List(ResourceRef resource, string? ns, ListQuery query = default, CancellationToken cancel = default)
    {
        lock (gate)
        {
            var items = All(resource).Where(o => string.IsNullOrEmpty(ns) || o.Map("metadata")!.Text("namespace") == ns)
                .Select(o => (ReadOnlyMemory<byte>)JsonWriter.ToUtf8(o)).ToArray();
            return Task.FromResult<Result<ApiList>>(new ApiList(items, $"{version}", null));
        }
    }

    public async IAsyncEnumerable<ApiEvent> Watch(ResourceRef resource, string? ns, ListQuery query,
        [EnumeratorCancellation] CancellationToken cancel = default)
    {
        var channel = Channel.CreateUnbounded<Logged>();
        Logged[] missed;
        lock (gate)
        {
            var from = Meta.VersionNumber(query.ResourceVersion);
            if (from < oldest)
            {
                channel.Writer.Complete();
                missed = [];
            }
            else
            {
                missed = [.. Log(resource).Where(e => e.Version > from)];
                watchers.Add(channel);
            }
        }
        if (channel.Reader.Completion.IsCompleted)
        {
            yield return new(EventType.Error, default, ApiError.Expired("too old resource version"));
            yield break;
        }
        foreach (var e in missed) yield return new(e.Type, e.Json);
        await foreach (var e in channel.Reader.ReadAllAsync(cancel))
            if (e.Resource == resource) yield return new(e.Type, e.Json);
    }

    /// <summary>Every change of a resource after a version, in order.</summary>
    public IReadOnlyList<Logged> Since(ResourceRef resource, long after)
    {
        lock (gate) return [.. Log(resource).SkipWhile(e => e.Version <= after)];
    }

    public IReadOnlyList<JsonMap> Objects(ResourceRef resource)
    {
        lock (gate) return [.. All(resource).Select(o => o.CloneMap())];
    }

    /// <summary>Ends every watch, as a restarting server does; with forget, what happened so far can't be watched any more.</summary>
    public void DropWatches(bool forget = false)
    {
        lock (gate)
        {
            foreach (var watcher in watchers) watcher.Writer.TryComplete();
            watchers.Clear();
            if (forget) oldest = ++version;
        }
    }

    public Task<Result<ApiObject>> Create(ResourceRef resource, string? ns, ReadOnlyMemory<byte> body, string? name = null,
        string? subresource = null, WriteQuery query = default, CancellationToken cancel = default)
    {
        lock (gate)
        {
            var sent = JsonReader.ReadMap(body.Span);
            if (subresource == "binding") return Task.FromResult(Bind(resource, ns, name!, sent));
            var metadata = sent.MapOrNew("metadata");
            if (metadata.Text("name") is null) metadata["name"] = metadata.Text("generateName") + Suffix();
            var named = metadata.Text("name")!;
            if (Refuse("create", resource, named) is { } refused) return Task.FromResult<Result<ApiObject>>(refused);
            if (!string.IsNullOrEmpty(ns)) metadata["namespace"] = ns;
            if (Find(resource, ns, named) is not null)
                return Task.FromResult<Result<ApiObject>>(ApiError.AlreadyExists(resource.Group, resource.Plural, named));
            metadata["uid"] = $"00000000-0000-0000-0000-{random.NextInt64(1L << 47):x12}";
            metadata["creationTimestamp"] = Now();
            metadata["generation"] = 1;
            if (resource.Plural == "pods" && sent.Map("status") is null) sent["status"] = new JsonMap { { "phase", "Pending" } };
            return Task.FromResult(Put(resource, EventType.Added, sent));
        }
    }

    public Task<Result<ApiObject>> Update(ResourceRef resource, string? ns, string name, ReadOnlyMemory<byte> body,
        string? subresource = null, WriteQuery query = default, CancellationToken cancel = default)
    {
        var sent = JsonReader.ReadMap(body.Span);
        return Task.FromResult(Change("update", resource, ns, name, subresource, _ => sent));
    }

    public Task<Result<ApiObject>> Patch(ResourceRef resource, string? ns, string name, PatchKind kind, ReadOnlyMemory<byte> patch,
        string? subresource = null, WriteQuery query = default, CancellationToken cancel = default)
    {
        var sent = JsonReader.Read(patch.Span);
        return Task.FromResult(Change("patch", resource, ns, name, subresource, old =>
        {
            if (kind == PatchKind.Json) return JsonPatch.Apply(old, sent).Value;
            var next = old.CloneMap();
            MergePatch.Apply(next, (JsonMap)sent);
            return next;
        }));
    }

    public Task<Result<ApiObject>> Delete(ResourceRef resource, string? ns, string name, DeleteQuery query = default,
        CancellationToken cancel = default)
    {
        lock (gate)
        {
            if (Refuse("delete", resource, name) is { } refused) return Task.FromResult<Result<ApiObject>>(refused);
            if (Find(resource, ns, name) is not { } old) return Task.FromResult(NotFound(resource, name));
            var metadata = old.Map("metadata")!;
            if (query.Uid is { } uid && uid != metadata.Text("uid") ||
                query.ResourceVersion is { } wanted && wanted != metadata.Text("resourceVersion"))
                return Task.FromResult<Result<ApiObject>>(ApiError.Conflict(resource.Group, resource.Plural, name, "the precondition failed"));
            var next = old.CloneMap();
            var meta = next.MapOrNew("metadata");
            var finalizers = meta.ListOrNew("finalizers");
            if (query.Propagation == "Foreground") AddOnce(finalizers, "foregroundDeletion");
            if (query.Propagation == "Orphan") AddOnce(finalizers, "orphan");
            if (finalizers.Count == 0) meta.Remove("finalizers");
            var grace = resource.Plural != "pods" || next.Map("spec")?.Text("nodeName") is not { Length: > 0 }
                || next.Map("status")?.Text("phase") is "Succeeded" or "Failed"
                ? 0
                : query.GracePeriodSeconds ?? next.Map("spec")!.Whole("terminationGracePeriodSeconds") ?? 30;
            if (grace == 0 && finalizers.Count == 0) return Task.FromResult(Remove(resource, next));
            if (meta.Text("deletionTimestamp") is null || grace < meta.Whole("deletionGracePeriodSeconds"))
            {
                meta["deletionTimestamp"] = Now();
                meta["deletionGracePeriodSeconds"] = grace;
                meta["generation"] = (meta.Whole("generation") ?? 0) + 1;
            }
            return Task.FromResult(Put(resource, EventType.Modified, next));
        }
    }

    private Result<ApiObject> Change(string verb, ResourceRef resource, string? ns, string name, string? subresource, Func<JsonMap, JsonMap> change)
    {
        lock (gate)
        {
            if (Refuse(verb, resource, name) is { } refused) return refused;
            if (Find(resource, ns, name) is not { } old) return NotFound(resource, name);
            var next = change(old.CloneMap()).CloneMap();
            var was = old.Map("metadata")!;
            var meta = next.MapOrNew("metadata");
            if (meta.Text("resourceVersion") is { } rv && rv != was.Text("resourceVersion") ||
                meta.Text("uid") is { } uid && uid != was.Text("uid"))
                return ApiError.Conflict(resource.Group, resource.Plural, name, ApiError.Modified);
            if (subresource == "status")
            {
                // As on the server, annotations may come along with a status.
                var (status, annotations) = (next["status"], meta["annotations"]);
                next = old.CloneMap();
                next["status"] = status;
                if (annotations is not null) next.MapOrNew("metadata")["annotations"] = annotations;
                meta = next.MapOrNew("metadata");
            }
            else if (subresource is null)
            {
                // Pods and the like have status as a subresource: a write of the object does not touch it.
                if (old["status"] is { } kept) next["status"] = kept.Clone();
            }
            foreach (var field in new[] { "uid", "creationTimestamp", "generation", "deletionTimestamp", "namespace", "name" })
                if (was[field] is { } value) meta[field] = value;
            if (next["spec"] is { } spec && !spec.SameAs(old["spec"])) meta["generation"] = (was.Whole("generation") ?? 0) + 1;
            meta["resourceVersion"] = was["resourceVersion"];
            if (next.SameAs(old)) return Answer(old);
            if (meta.Text("deletionTimestamp") is not null && (meta.List("finalizers")?.Count ?? 0) == 0 && meta.Whole("deletionGracePeriodSeconds") is null or 0
                && meta.Text("deletionTimestamp") is not null) return Remove(resource, next);
            return Put(resource, EventType.Modified, next);
        }
    }

    private Result<ApiObject> Bind(ResourceRef resource, string? ns, string name, JsonMap binding)
    {
        if (Refuse("bind", resource, name) is { } refused) return refused;
        if (Find(resource, ns, name) is not { } old) return NotFound(resource, name);
        var next = old.CloneMap();
        if (next.MapOrNew("spec").Text("nodeName") is { Length: > 0 } node)
            return ApiError.Conflict(resource.Group, resource.Plural, name, $"pod {name} is already assigned to node \"{node}\"");
        next.MapOrNew("spec")["nodeName"] = binding.Map("target")!.Text("name")!;
        var conditions = next.MapOrNew("status").ListOrNew("conditions");
        conditions.RemoveAll(c => ((JsonMap)c).Text("type") == "PodScheduled");
        conditions.Add(new JsonMap { { "type", "PodScheduled" }, { "status", "True" }, { "lastTransitionTime", Now() } });
        return Put(resource, EventType.Modified, next);
    }

    private Result<ApiObject> Put(ResourceRef resource, EventType type, JsonMap next)
    {
        var meta = next.MapOrNew("metadata");
        meta["resourceVersion"] = $"{++version}";
        All(resource);
        objects[resource][Place(meta.Text("namespace"), meta.Text("name")!)] = next;
        Tell(new(version, resource, type, JsonWriter.ToUtf8(next)));
        return Answer(next);
    }

    private Result<ApiObject> Remove(ResourceRef resource, JsonMap last)
    {
        var meta = last.MapOrNew("metadata");
        meta["resourceVersion"] = $"{++version}";
        objects[resource].Remove(Place(meta.Text("namespace"), meta.Text("name")!));
        Tell(new(version, resource, EventType.Deleted, JsonWriter.ToUtf8(last)));
        return Answer(last);
    }

    private void Tell(Logged change)
    {
        WriteCount++;
        Log(change.Resource).Add(change);
        foreach (var watcher in watchers) watcher.Writer.TryWrite(change);
    }

    private JsonMap? Find(ResourceRef resource, string? ns, string name) =>
        objects.TryGetValue(resource, out var all) ? all.GetValueOrDefault(Place(ns, name)) : null;

    private IEnumerable<JsonMap> All(ResourceRef resource) =>
        (objects.TryGetValue(resource, out var all) ? all : objects[resource] = new(StringComparer.Ordinal)).Values;

    private List<Logged> Log(ResourceRef resource) => logs.TryGetValue(resource, out var log) ? log : logs[resource] = [];

    private string Suffix()
    {
        const string Letters = "bcdfghjklmnpqrstvwxz2456789";
        return string.Concat(Enumerable.Range(0, 5).Select(_ => Letters[random.Next(Letters.Length)]));
    }

    private string Now() => time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");

    private static string Place(string? ns, string name) => $"{ns}\n{name}";

    private static Result<ApiObject> Answer(JsonMap value) => new ApiObject(JsonWriter.ToUtf8(value));

    private static Result<ApiObject> NotFound(ResourceRef resource, string name) => ApiError.NotFound(resource.Group, resource.Plural, name);

    private static void AddOnce(JsonList list, string value)
    {
        if (!list.Texts().Contains(value)) list.Add(value);
    }
}
