using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>
/// A value that follows some collections object by object: what changed since it was last asked for is applied before it is
/// given out. So it is never stale, nothing watches for it, and what didn't change costs nothing. T is never changed once made.
/// </summary>
public sealed class Incremental<T>(IStateStore store, string[] collections, T none, Func<T, Entry?, Entry?, T> apply)
{
    private sealed record Reached(ISnapshot At, T Value);

    private readonly Lock gate = new();
    private volatile Reached? latest;

    public T Value
    {
        get
        {
            var known = latest;
            if (known is not null && Current(store.Snapshot(), known.At)) return known.Value;
            lock (gate)
            {
                // Asked for again: whoever waited here finds what the one before him reached.
                var now = store.Snapshot();
                known = latest;
                if (known is not null && Current(now, known.At)) return known.Value;
                var value = known is null ? none : known.Value;
                foreach (var collection in collections)
                {
                    if (known is null)
                    {
                        foreach (var entry in now.List(collection)) value = apply(value, null, entry);
                    }
                    else if (now.Changed(collection) != known.At.Changed(collection))
                    {
                        foreach (var (before, after) in now.Since(known.At, collection)) value = apply(value, before, after);
                    }
                }
                latest = new(now.Only(collections), value);
                return value;
            }
        }
    }

    private bool Current(ISnapshot now, ISnapshot then)
    {
        foreach (var collection in collections)
            if (now.Changed(collection) != then.Changed(collection)) return false;
        return true;
    }
}
