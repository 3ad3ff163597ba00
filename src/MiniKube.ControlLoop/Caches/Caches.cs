using MiniKube.Kinds;
using MiniKube.Machinery;

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

    public Cache<T> Of<T>() where T : KubeObject => Of(Resources.Of<T>());

    public Cache<T> Of<T>(ResourceType<T> type) where T : class
    {
        lock (gate)
        {
            foreach (var entry in entries)
                if (entry.Cache is Cache<T> known && known.Type.Ref == type.Ref) return known;
            var made = new Cache<T>(type);
            var added = new Entry(made);
            entries.Add(added);
            Run(added);
            return made;
        }
    }

    /// <summary>A cache of that resource with whatever view there is already, or else one that reads only metadata.</summary>
    public Cache Any(ResourceType type)
    {
        lock (gate)
            return entries.Find(e => e.Cache.Type.Ref == type.Ref)?.Cache ??
                Of(new ResourceType<JsonMap>(type.Ref, type.Kind, type.Namespaced, bytes => JsonReader.ReadMap(bytes.Span)));
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
        entry.Running = Task.Run(() => new Informer(api, entry.Cache, time).Run(token), CancellationToken.None);
    }

    private sealed class Entry(Cache cache)
    {
        public Cache Cache { get; } = cache;
        public CancellationTokenSource? Life { get; set; }
        public Task Running { get; set; } = Task.CompletedTask;
    }
}
