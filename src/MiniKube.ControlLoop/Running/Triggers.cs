namespace MiniKube.ControlLoop;

/// <summary>How changes of caches become keys to look at.</summary>
public sealed class Triggers(Action<Key> add, Action<Key, TimeSpan> addAfter)
{
    private const int Many = 50;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);

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

    /// <summary>
    /// Every change of an object concerns the owner that manages it, before the change and after. An owner of very many is looked at
    /// once for all changes of a moment: looking at each would cost the square of their number.
    /// </summary>
    public void OnOwned<T>(Cache<T> cache, string ownerKind, string ownerGroup) where T : class
    {
        Watching(cache);
        var owned = cache.ByController();
        cache.Subscribe(change =>
        {
            var now = OwnerKey(change.New, ownerKind, ownerGroup);
            var before = OwnerKey(change.Old, ownerKind, ownerGroup);
            if (now is { } key) AddCalmly(key, owned.Count(change.New!.Meta.Controller!.Uid));
            if (before is { } old && old != now) AddCalmly(old, owned.Count(change.Old!.Meta.Controller!.Uid));
        });
    }

    private void AddCalmly(Key key, int siblings)
    {
        if (siblings < Many) add(key);
        else addAfter(key, Moment);
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
