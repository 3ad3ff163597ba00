using System.Collections.Concurrent;

namespace MiniKube.ControlLoop;

/// <summary>
/// One cache per resource for the whole process, filled from the moment somebody first asks for it. Ask before
/// <see cref="Start"/> or after: it makes no difference.
/// </summary>
public sealed class Caches(IApi api, TimeProvider time)
{
    private readonly ConcurrentDictionary<ResourceRef, Cache> caches = new();
    private readonly List<Task> running = [];
    private readonly Lock gate = new();
    private CancellationToken? life;

    public TimeProvider Time => time;

    public Cache<T> Of<T>(ResourceType<T> type) where T : class
    {
        if (caches.TryGetValue(type.Ref, out var known)) return (Cache<T>)known;
        lock (gate)
        {
            if (caches.TryGetValue(type.Ref, out known)) return (Cache<T>)known;
            var made = new Cache<T>(type);
            caches[type.Ref] = made;
            if (life is { } cancel) Run(made, cancel);
            return made;
        }
    }

    public Cache? Find(ResourceRef resource) => caches.GetValueOrDefault(resource);

    public ICollection<Cache> Known => caches.Values;

    /// <summary>Starts the informers; they end with <paramref name="cancel"/>.</summary>
    public void Start(CancellationToken cancel)
    {
        lock (gate)
        {
            if (life is not null) throw new InvalidOperationException("the caches have been started already");
            life = cancel;
            foreach (var cache in caches.Values) Run(cache, cancel);
        }
    }

    public Task WhenSynced(CancellationToken cancel) => Task.WhenAll(caches.Values.Select(c => c.WhenSynced(cancel)));

    /// <summary>Completes when every informer has ended.</summary>
    public Task Ended()
    {
        lock (gate) return Task.WhenAll(running);
    }

    private void Run(Cache cache, CancellationToken cancel) =>
        running.Add(Task.Run(() => new Informer(api, cache, time).Run(cancel), CancellationToken.None));
}
