using MiniKube.Store.Memory;

namespace MiniKube.Store.Log;

/// <summary>Nothing beyond memory: history is what the ring of all changes still has.</summary>
internal sealed class NoLog(EventRing all) : ILog
{
    public long Compacted => all.Floor;

    public StoreFault.Unavailable? Append(IReadOnlyList<StoreEvent> changes) => null;

    public StoreFault.Unavailable? Compact(long revision)
    {
        all.Forget(revision);
        return null;
    }

    public (long? Reached, StoreFault.Unavailable? Fault) Reseal(long after) => (null, null);

    public Task MaintainAsync(Func<Func<bool>, Task<bool>> atTurn, CancellationToken cancel) => Task.CompletedTask;

    public LogSize Size() => default;

    public ValueTask<BackupOutcome> BackupAsync(string path, CancellationToken cancel) =>
        new(new BackupOutcome(0, 0, new StoreFault.Unavailable("a store that is only in memory has no backup")));

    public ValueTask<(IReadOnlyList<StoreEvent> Changes, long Reached, StoreFault? Fault)> ReadAsync(
        string? collection, long after, long upTo, int most, CancellationToken cancel) =>
        new(([], after, new StoreFault.Compacted(all.Floor)));

    public ValueTask DisposeAsync() => default;
}
