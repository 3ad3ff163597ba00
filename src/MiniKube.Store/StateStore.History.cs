namespace MiniKube.Store;

/// <summary>The past: what the ring of all changes still has comes from memory, the rest from the log.</summary>
public sealed partial class StateStore
{
    private const int PageOfHistory = 1024;

    public async ValueTask<(ISnapshot? Snapshot, StoreFault? Fault)> SnapshotAt(long revision, CancellationToken cancel = default)
    {
        var now = state;
        if (revision == now.Revision) return (now, null);
        var (changes, fault) = await ChangesSince(null, revision, now.Revision, cancel);
        return fault is null ? (now.Before(changes, revision, options.Indexes), null) : (null, fault);
    }

    public async ValueTask<(Entry? Entry, StoreFault? Fault)> GetAt(ObjectKey key, long revision, CancellationToken cancel = default)
    {
        var now = state;
        if (revision == now.Revision) return (now.Get(key), null);
        var (changes, fault) = await ChangesSince(key.Collection, revision, now.Revision, cancel);
        if (fault is not null) return (null, fault);
        // The first change since then knows what was there before it.
        var next = changes.FirstOrDefault(change => change.Entry.Key == key);
        return (next is null ? now.Get(key) : next.Previous, null);
    }

    /// <summary>Some of the changes after a revision, and how far that goes.</summary>
    internal async ValueTask<(IReadOnlyList<StoreEvent> Changes, long Reached, StoreFault? Fault)> ReadHistory(
        string? collection, long after, long upTo, int most, CancellationToken cancel)
    {
        if (all.Read(after, upTo, most) is { } recent)
        {
            var reached = recent.Length == 0 || recent.Length < most ? upTo : recent[^1].Revision;
            return (collection is null ? recent : [.. recent.Where(change => change.Entry.Key.Collection == collection)], reached, null);
        }

        return await log.ReadAsync(collection, after, upTo, most, cancel);
    }

    private async ValueTask<(List<StoreEvent> Changes, StoreFault? Fault)> ChangesSince(string? collection, long after, long upTo, CancellationToken cancel)
    {
        if (Reachable(after, upTo) is { } unreachable) return ([], unreachable);
        var changes = new List<StoreEvent>();
        while (after < upTo)
        {
            if (cancel.IsCancellationRequested) return ([], new StoreFault.Cancelled());
            var (page, reached, fault) = await ReadHistory(collection, after, upTo, PageOfHistory, cancel);
            if (fault is not null) return ([], fault);
            changes.AddRange(page);
            after = reached;
        }

        return (changes, null);
    }
}
