using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>
/// A value computed from some collections and computed again only after one of them changed: never stale, never
/// watched for. Parsing is not repeated either, see <see cref="ObjectCodec.Kept"/>.
/// </summary>
public sealed class Derived<T>(IStateStore store, string[] collections, Func<ISnapshot, T> compute) where T : class
{
    private sealed record Computed(long[] Revisions, T Value);

    private Computed? latest;

    public T Value
    {
        get
        {
            var snapshot = store.Snapshot();
            var known = latest;
            if (known is not null && Current(snapshot, known.Revisions)) return known.Value;
            var value = compute(snapshot);
            latest = new Computed([.. collections.Select(snapshot.Changed)], value);
            return value;
        }
    }

    private bool Current(ISnapshot snapshot, long[] revisions)
    {
        for (var i = 0; i < collections.Length; i++)
            if (snapshot.Changed(collections[i]) != revisions[i]) return false;
        return true;
    }
}
