namespace MiniKube.ControlLoop;

/// <summary>How changes of caches become keys to look at.</summary>
public sealed class Triggers(Action<Key> add, Action<Key, TimeSpan> addAfter)
{
    private readonly List<Cache> watched = [];

    public IReadOnlyList<Cache> Watched => watched;

    public void Add(Key key) => add(key);

    public void AddAfter(Key key, TimeSpan delay) => addAfter(key, delay);

    /// <summary>Every change of an object concerns the object itself.</summary>
    public void OnSelf<T>(Cache<T> cache) where T : class
    {
        Watching(cache);
        cache.Subscribe(change => add(change.Latest.Key));
    }

    /// <summary>Every change of an object concerns the owner that manages it, before the change and after.</summary>
    public void OnOwned<T>(Cache<T> cache, string ownerKind, string ownerGroup) where T : class
    {
        Watching(cache);
        cache.Subscribe(change =>
        {
            var now = OwnerKey(change.New, ownerKind, ownerGroup);
            var before = OwnerKey(change.Old, ownerKind, ownerGroup);
            if (now is { } key) add(key);
            if (before is { } old && old != now) add(old);
        });
    }

    /// <summary>A change concerns whatever keys the mapping finds.</summary>
    public void On<T>(Cache<T> cache, Func<Change<T>, IEnumerable<Key>> keys) where T : class
    {
        Watching(cache);
        cache.Subscribe(change =>
        {
            foreach (var key in keys(change)) add(key);
        });
    }

    /// <summary>The cache is read but its changes concern no key.</summary>
    public void Reads(Cache cache) => Watching(cache);

    private void Watching(Cache cache)
    {
        if (!watched.Contains(cache)) watched.Add(cache);
    }

    private static Key? OwnerKey(Item? item, string kind, string group) =>
        item?.Meta.Controller is { } owner && owner.Kind == kind && owner.Group == group ? new Key(item.Namespace, owner.Name) : null;
}
