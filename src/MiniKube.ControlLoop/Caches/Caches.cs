using MiniKube.Kinds;

namespace MiniKube.ControlLoop;

/// <summary>
/// One cache per resource and view for the whole process, filled from the moment somebody first asks for it. Ask before
/// <see cref="Start"/> or after: it makes no difference.
/// </summary>
public sealed class Caches(IApi api, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly List<Entry> entries = [];
    private CancellationToken? life;

    public TimeProvider Time => time;

    /// <summary>All objects of the kind, or those only that a field selector picks: what isn't picked costs no memory.</summary>
    public Cache<T> Of<T>(string? fieldSelector = null) where T : KubeObject => Of(Resources.Of<T>(), fieldSelector);

    public Cache<T> Of<T>(ResourceType<T> type, string? fieldSelector = null) where T : class
    {
        lock (gate)
        {
            foreach (var entry in entries)
                if (entry.Cache is Cache<T> known && known.Type.Ref == type.Ref && entry.FieldSelector == fieldSelector) return known;
            var made = new Cache<T>(type);
            var added = new Entry(made, fieldSelector);
            entries.Add(added);
            Run(added);
            return made;
        }
    }

    /// <summary>A cache of that resource with whatever view there is already, or else one that reads only metadata.</summary>
    public Cache Any(ResourceType type)
    {
        lock (gate)
            return entries.Find(e => e.FieldSelector is null && e.Cache.Type.Ref == type.Ref)?.Cache ??
                Of(new ResourceType<Meta>(type.Ref, type.Kind, type.Namespaced, bytes => Meta.Read(bytes.Span)) { KeepsBytes = false });
    }

    /// <summary>Whether the bytes of all objects of a resource ("configmaps", "deployments.apps") are kept here.</summary>
    public bool KeepsAll(string groupResource)
    {
        lock (gate) return entries.Exists(e => e.FieldSelector is null && e.Cache.Type is { KeepsBytes: true, Ref: var r } && groupResource == (r.Group.Length == 0 ? r.Plural : $"{r.Plural}.{r.Group}"));
    }

    public IReadOnlyList<Cache> Find(ResourceRef resource)
    {
        lock (gate) return [.. entries.Where(e => e.Cache.Type.Ref == resource).Select(e => e.Cache)];
    }

    /// <summary>Ends the informer of a resource that is no longer served.</summary>
    public void Drop(ResourceRef resource)
    {
        lock (gate)
        {
            foreach (var entry in entries.Where(e => e.Cache.Type.Ref == resource).ToArray())
            {
                entry.Life?.Cancel();
                entries.Remove(entry);
            }
        }
    }

    /// <summary>Starts the informers; they end with <paramref name="cancel"/>.</summary>
    public void Start(CancellationToken cancel)
    {
        lock (gate)
        {
            if (life is not null) throw new InvalidOperationException("the caches have been started already");
            life = cancel;
            foreach (var entry in entries) Run(entry);
        }
    }

    public Task WhenSynced(CancellationToken cancel)
    {
        lock (gate) return Task.WhenAll(entries.Select(e => e.Cache.WhenSynced(cancel)));
    }

    /// <summary>Completes when every informer has ended.</summary>
    public Task Ended()
    {
        lock (gate) return Task.WhenAll(entries.Select(e => e.Running));
    }

    private void Run(Entry entry)
    {
        if (life is not { } cancel || entry.Life is not null) return;
        entry.Life = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var token = entry.Life.Token;
        entry.Running = Task.Run(() => new Informer(api, entry.Cache, time, fieldSelector: entry.FieldSelector).Run(token), CancellationToken.None);
    }

    private sealed class Entry(Cache cache, string? fieldSelector)
    {
        public Cache Cache { get; } = cache;
        public string? FieldSelector { get; } = fieldSelector;
        public CancellationTokenSource? Life { get; set; }
        public Task Running { get; set; } = Task.CompletedTask;
    }
}
