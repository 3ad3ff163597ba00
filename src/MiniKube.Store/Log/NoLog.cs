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

    public ValueTask<(IReadOnlyList<StoreEvent> Changes, long Reached, StoreFault? Fault)> ReadAsync(
        string? collection, long after, long upTo, int most, CancellationToken cancel) =>
        new(([], after, new StoreFault.Compacted(all.Floor)));

    public ValueTask DisposeAsync() => default;
}
