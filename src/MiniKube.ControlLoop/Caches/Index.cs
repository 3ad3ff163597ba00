namespace MiniKube.ControlLoop;

/// <summary>Objects by a derived key. A bucket is handed out as an array that is made anew only after it changed.</summary>
public sealed class Index<T> where T : class
{
    private readonly Dictionary<string, Bucket> buckets = new(StringComparer.Ordinal);
    private readonly Func<Item<T>, IEnumerable<string>> keysOf;
    private readonly Lock gate;

    internal Index(string name, Func<Item<T>, IEnumerable<string>> keysOf, Lock gate)
    {
        Name = name;
        this.keysOf = keysOf;
        this.gate = gate;
    }

    public string Name { get; }

    public IReadOnlyList<Item<T>> this[string key]
    {
        get
        {
            lock (gate) return buckets.TryGetValue(key, out var bucket) ? bucket.Snapshot() : [];
        }
    }

    public int Count(string key)
    {
        lock (gate) return buckets.TryGetValue(key, out var bucket) ? bucket.Items.Count : 0;
    }

    internal void Change(Item<T>? old, Item<T>? next)
    {
        var before = old is null ? [] : keysOf(old);
        var after = next is null ? [] : keysOf(next);
        if (!ReferenceEquals(before, after))
        {
            foreach (var key in before)
                if (!after.Contains(key)) Remove(key, old!);
        }
        foreach (var key in after)
        {
            if (!buckets.TryGetValue(key, out var bucket)) buckets[key] = bucket = new();
            bucket.Set(next!);
        }
    }

    private void Remove(string key, Item<T> item)
    {
        if (!buckets.TryGetValue(key, out var bucket)) return;
        bucket.Remove(item);
        if (bucket.Items.Count == 0) buckets.Remove(key);
    }

    private sealed class Bucket
    {
        private Item<T>[]? snapshot;

        public Dictionary<Key, Item<T>> Items { get; } = [];

        public Item<T>[] Snapshot() => snapshot ??= [.. Items.Values];

        public void Set(Item<T> item)
        {
            Items[item.Key] = item;
            snapshot = null;
        }

        public void Remove(Item<T> item)
        {
            Items.Remove(item.Key);
            snapshot = null;
        }
    }
}
