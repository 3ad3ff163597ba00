namespace MiniKube.ControlLoop;

/// <summary>What a cache tells about itself to those who don't care what it holds.</summary>
public abstract class Cache
{
    public abstract ResourceType Type { get; }

    /// <summary>Every change of the resource up to this version is in the cache.</summary>
    public abstract long Position { get; }

    /// <summary>True once the first list is in.</summary>
    public abstract bool Synced { get; }

    /// <summary>Completes once <see cref="Position"/> has reached a version.</summary>
    public abstract Task Reaches(long version, CancellationToken cancel);

    public abstract Task WhenSynced(CancellationToken cancel);

    public abstract Item? Find(Key key);

    public abstract int CountIn(string ns);

    /// <summary>Like the typed subscription, for those who look at metadata only.</summary>
    public abstract void SubscribeAny(Action<Item?, Item?> onChange);

    /// <summary>Whether the object of that uid is gone or marked for deletion.</summary>
    public abstract bool ShowsDeletion(Key key, string uid);

    /// <summary>Completes once the object of that uid is gone or marked for deletion.</summary>
    public abstract Task SeesDeletion(Key key, string uid, CancellationToken cancel);

    public abstract void Replace(IReadOnlyList<ReadOnlyMemory<byte>> list, long version);
    /// <summary>Takes in one change and returns its version.</summary>
    public abstract string Apply(EventType kind, ReadOnlyMemory<byte> json);
    public abstract void MoveTo(long version);
}

/// <summary>A change as subscribers see it: Old null on arrival, New null on removal.</summary>
public readonly record struct Change<T>(Item<T>? Old, Item<T>? New) where T : class
{
    /// <summary>The newest state known, of a removed object the last one.</summary>
    public Item<T> Latest => New ?? Old!;
}

/// <summary>
/// Objects of one resource, with named indexes. Whatever a reader gets is an immutable snapshot that stays as it was;
/// only the informer writes. Subscribers are told after the cache shows the change, in order, on the informer's thread.
/// </summary>
public sealed class Cache<T>(ResourceType<T> type) : Cache where T : class
{
    private readonly Lock gate = new();
    private readonly Dictionary<Key, Item<T>> items = [];
    private readonly List<Index<T>> indexes = [];
    private readonly List<Waiter> waiters = [];
    private readonly TaskCompletionSource firstList = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action<Change<T>>[] subscribers = [];
    private Item<T>[]? all;
    private long position;

    public override ResourceType Type => type;
    public override long Position => Interlocked.Read(ref position);
    public override bool Synced => firstList.Task.IsCompleted;

    public int Count
    {
        get
        {
            lock (gate) return items.Count;
        }
    }

    public Item<T>? Get(Key key)
    {
        lock (gate) return items.GetValueOrDefault(key);
    }

    public Item<T>? Get(string ns, string name) => Get(new Key(ns, name));

    public override Item? Find(Key key) => Get(key);

    public override int CountIn(string ns) => this.ByNamespace().Count(ns);

    public override void SubscribeAny(Action<Item?, Item?> onChange)
    {
        lock (gate)
        {
            foreach (var item in items.Values) onChange(null, item);
            Subscribe(change => onChange(change.Old, change.New));
        }
    }

    /// <summary>Everything: for the few that must look at all of it (start-up, periodic sweeps).</summary>
    public IReadOnlyList<Item<T>> All()
    {
        lock (gate) return all ??= [.. items.Values];
    }

    /// <summary>Registers an index; asking for the same name again returns the same index.</summary>
    public Index<T> Index(string name, Func<Item<T>, IEnumerable<string>> keys)
    {
        lock (gate)
        {
            if (indexes.Find(i => i.Name == name) is { } known) return known;
            var made = new Index<T>(name, keys, gate);
            foreach (var item in items.Values) made.Change(null, item);
            indexes.Add(made);
            return made;
        }
    }

    public void Subscribe(Action<Change<T>> onChange)
    {
        lock (gate) subscribers = [.. subscribers, onChange];
    }

    public override void Replace(IReadOnlyList<ReadOnlyMemory<byte>> list, long version)
    {
        var changes = new List<Change<T>>();
        lock (gate)
        {
            var seen = new HashSet<Key>(list.Count);
            foreach (var json in list)
            {
                var item = type.Item(json);
                seen.Add(item.Key);
                var old = items.GetValueOrDefault(item.Key);
                if (old is not null && old.Uid == item.Uid && old.Meta.Version == item.Meta.Version) continue;
                // Deleted and made again under the same name while nobody watched: two facts, told as two.
                if (old is not null && old.Uid != item.Uid)
                {
                    changes.Add(Set(old, null));
                    old = null;
                }
                changes.Add(Set(old, item));
            }
            foreach (var gone in items.Values.Where(i => !seen.Contains(i.Key)).ToArray()) changes.Add(Set(gone, null));
        }
        Tell(changes);
        MoveTo(version);
        firstList.TrySetResult();
    }

    public override string Apply(EventType kind, ReadOnlyMemory<byte> json)
    {
        var item = type.Item(json);
        Change<T> change;
        lock (gate)
        {
            var old = items.GetValueOrDefault(item.Key);
            if (old is not null) item.Meta.ShareWith(old.Meta);
            if (kind == EventType.Deleted) change = old is null ? new(item, null) : Set(old, null) with { Old = item };
            else change = Set(old, item);
        }
        foreach (var subscriber in subscribers) subscriber(change);
        MoveTo(item.Meta.Version);
        return item.Meta.ResourceVersion;
    }

    public override void MoveTo(long version)
    {
        List<Waiter>? met = null;
        lock (gate)
        {
            if (version > position) Interlocked.Exchange(ref position, version);
            for (var i = waiters.Count - 1; i >= 0; i--)
            {
                if (!waiters[i].Holds()) continue;
                (met ??= []).Add(waiters[i]);
                waiters.RemoveAt(i);
            }
        }
        if (met is null) return;
        foreach (var waiter in met) waiter.Done.TrySetResult();
    }

    public override Task Reaches(long version, CancellationToken cancel) =>
        Position >= version ? Task.CompletedTask : WaitFor(() => position >= version, cancel);

    public override bool ShowsDeletion(Key key, string uid)
    {
        lock (gate) return !items.TryGetValue(key, out var item) || item.Uid != uid || item.BeingDeleted;
    }

    public override Task SeesDeletion(Key key, string uid, CancellationToken cancel) => WaitFor(() => ShowsDeletion(key, uid), cancel);

    public override Task WhenSynced(CancellationToken cancel) => firstList.Task.WaitAsync(cancel);

    private Task WaitFor(Func<bool> holds, CancellationToken cancel)
    {
        Waiter waiter;
        lock (gate)
        {
            if (holds()) return Task.CompletedTask;
            waiters.Add(waiter = new(holds, new(TaskCreationOptions.RunContinuationsAsynchronously)));
        }
        return Await(waiter, cancel);
    }

    private async Task Await(Waiter waiter, CancellationToken cancel)
    {
        try
        {
            await waiter.Done.Task.WaitAsync(cancel);
        }
        finally
        {
            lock (gate) waiters.Remove(waiter);
        }
    }

    private Change<T> Set(Item<T>? old, Item<T>? next)
    {
        if (next is not null) items[next.Key] = next;
        else items.Remove(old!.Key);
        all = null;
        foreach (var index in indexes) index.Change(old, next);
        return new(old, next);
    }

    private void Tell(List<Change<T>> changes)
    {
        foreach (var change in changes)
            foreach (var subscriber in subscribers) subscriber(change);
    }

    private sealed record Waiter(Func<bool> Holds, TaskCompletionSource Done);
}
