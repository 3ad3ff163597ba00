using System.Collections.Concurrent;
using MiniKube.ControlLoop;
using MiniKube.Kinds;

namespace MiniKube.Kubelet.Containers;

/// <summary>
/// ConfigMaps and Secrets that pods of this node refer to, each watched by name for as long as a pod uses it: nothing else of
/// them is ever read, and a change is known at once.
/// </summary>
public sealed class References(IApi api, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<(string Kind, string Namespace, string Name), Watched> watched = new();

    /// <summary>Null when there is no such object, as far as the API can tell.</summary>
    public async Task<T?> Get<T>(string ns, string name, string podUid, Action onChange, CancellationToken cancel) where T : KubeObject
    {
        var entry = watched.GetOrAdd((typeof(T).Name, ns, name), _ => Start<T>(ns, name));
        entry.Users[podUid] = onChange;
        var cache = (Cache<T>)entry.Cache;
        try
        {
            await cache.WhenSynced(cancel).WaitAsync(Patience, time, cancel);
        }
        catch (TimeoutException)
        {
            return null;
        }
        return cache.Get(ns, name)?.Value;
    }

    public void Release(string podUid)
    {
        foreach (var (key, entry) in watched)
        {
            if (!entry.Users.TryRemove(podUid, out _) || !entry.Users.IsEmpty) continue;
            if (watched.TryRemove(key, out var gone)) gone.Life.Cancel();
        }
    }

    public void Dispose()
    {
        foreach (var entry in watched.Values) entry.Life.Cancel();
    }

    private Watched Start<T>(string ns, string name) where T : KubeObject
    {
        var cache = new Cache<T>(Resources.Of<T>());
        var entry = new Watched(cache, new CancellationTokenSource(), new());
        cache.Subscribe(_ =>
        {
            foreach (var onChange in entry.Users.Values) onChange();
        });
        _ = Task.Run(() => new Informer(api, cache, time, ns, $"metadata.name={name}").Run(entry.Life.Token));
        return entry;
    }

    private sealed record Watched(Cache Cache, CancellationTokenSource Life, ConcurrentDictionary<string, Action> Users);
}
