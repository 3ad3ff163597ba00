using System.Threading.Tasks.Sources;

namespace MiniKube.Store.Memory;

internal enum Wake { Changed, Cancelled, Closed }

/// <summary>A cursor into a ring; reads the log while it is further behind than the ring reaches.</summary>
internal sealed class Follower(StateStore store, EventRing ring, string? collection, long after) : IFollower, IValueTaskSource<Wake>
{
    private const int MostAtOnce = 512;

    private ManualResetValueTaskSourceCore<Wake> wake = new() { RunContinuationsAsynchronously = true };
    private long cursor = after;
    private int armed;
    private bool live;
    private volatile bool closed;

    public long Position
    {
        get
        {
            // The store's revision first: a change it covers is in the ring by then.
            var (revision, seen) = (store.Revision, Volatile.Read(ref cursor));
            return ring.HasAfter(seen) ? seen : Math.Max(seen, revision);
        }
    }

    public async ValueTask<(IReadOnlyList<StoreEvent> Events, StoreFault? Fault)> ReadAsync(CancellationToken cancel)
    {
        while (true)
        {
            if (closed || cancel.IsCancellationRequested) return ([], new StoreFault.Cancelled());
            if (ring.Read(cursor, Reach) is not { } changes)
            {
                if (live) return ([], new StoreFault.Compacted(store.Compacted));
                var (older, upTo, fault) = await store.ReadHistory(collection, cursor, store.Revision, MostAtOnce, cancel);
                if (fault is not null) return ([], fault);
                cursor = upTo;
                if (older.Count > 0) return (older, null);
                continue;
            }

            live = true;
            if (changes.Length > 0)
            {
                cursor = changes[^1].Revision;
                return (changes, null);
            }

            switch (await WaitAsync(cancel))
            {
                case Wake.Cancelled: return ([], new StoreFault.Cancelled());
                case Wake.Closed: return ([], new StoreFault.Unavailable("the store is closed"));
            }
        }
    }

    private long Reach => Math.Min(ring.Step, store.Revision);

    public void Rouse(Wake reason)
    {
        if (Interlocked.CompareExchange(ref armed, 0, 1) == 1) wake.SetResult(reason);
    }

    /// <summary>Goes on with the reader's work on this thread, up to where it waits again.</summary>
    public void RouseHere()
    {
        if (Interlocked.CompareExchange(ref armed, 0, 1) != 1) return;
        wake.RunContinuationsAsynchronously = false;
        wake.SetResult(Wake.Changed);
    }

    public void Dispose()
    {
        closed = true;
        ring.Leave(this);
        Rouse(Wake.Cancelled);
    }

    private async ValueTask<Wake> WaitAsync(CancellationToken cancel)
    {
        wake.Reset();
        wake.RunContinuationsAsynchronously = true;
        Volatile.Write(ref armed, 1);
        ring.Wait(this);
        // What happened before we were listed woke nobody.
        if (store.Closed) Rouse(Wake.Closed);
        else if (closed) Rouse(Wake.Cancelled);
        else if (ring.Read(cursor, Reach, 1) is not { Length: 0 }) Rouse(Wake.Changed);
        using var registration = cancel.UnsafeRegister(static self => ((Follower)self!).Rouse(Wake.Cancelled), this);
        return await new ValueTask<Wake>(this, wake.Version);
    }

    Wake IValueTaskSource<Wake>.GetResult(short token) => wake.GetResult(token);
    ValueTaskSourceStatus IValueTaskSource<Wake>.GetStatus(short token) => wake.GetStatus(token);
    void IValueTaskSource<Wake>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        wake.OnCompleted(continuation, state, token, flags);
}
