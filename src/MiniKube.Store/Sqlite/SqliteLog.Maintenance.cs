namespace MiniKube.Store.Sqlite;

/// <summary>
/// What keeps the file and its WAL small: checkpoints mostly beside the writer, compaction and shrinking in short turns.
/// </summary>
internal sealed partial class SqliteLog
{
    private const long CheckpointEvery = 8 << 20;
    private const long WakeEvery = 1000;
    private const long SmallRest = 1 << 20;
    private const int MostRounds = 4;
    private const int PagesAtOnce = 64;
    private const int FewSteps = 2;
    private const int RowsOfStep = 16;

    // Far above what is there while this keeps up: beyond it whoever writes does the work first, so the bounds hold on any machine.
    private const long MostWal = 48 << 20;
    private const long MostDue = 40_000;
    private const long MostBytesDue = 64 << 20;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim wake = new(0, 1);
    private readonly Lock checkpointing = new();
    private int woken;
    private long wokenAt;
    private long youngUntil;

    public async Task MaintainAsync(Func<Func<bool>, Task<bool>> atTurn, CancellationToken cancel)
    {
        await using var timer = clock.CreateTimer(_ => Wake(), null, LookEvery, LookEvery);
        try
        {
            while (true)
            {
                await wake.WaitAsync(cancel);
                Volatile.Write(ref woken, 0);
                while (!cancel.IsCancellationRequested && await atTurn(CompactSome)) await CheckpointIfDue(atTurn);
                while (!cancel.IsCancellationRequested && await atTurn(ShrinkSome)) await CheckpointIfDue(atTurn);
                await CheckpointIfDue(atTurn);
            }
        }
        catch (OperationCanceledException)
        {
            // Closing.
        }
    }

    private void Wake()
    {
        if (Interlocked.Exchange(ref woken, 1) == 1) return;
        wokenAt = newest;
        wake.Release();
    }

    private async Task CheckpointIfDue(Func<Func<bool>, Task<bool>> atTurn)
    {
        if (Volatile.Read(ref sinceCheckpoint) < CheckpointEvery) return;
        // Most of it while writes go on; what they added meanwhile at a turn, or the WAL would never start over.
        for (var (round, rest) = (0, long.MaxValue); round < MostRounds && rest > SmallRest; round++)
        {
            var before = Volatile.Read(ref sinceCheckpoint);
            lock (checkpointing) beside.Checkpoint();
            rest = Volatile.Read(ref sinceCheckpoint) - before;
        }

        await atTurn(() =>
        {
            CheckpointNow();
            return true;
        });
    }

    private void CheckpointNow()
    {
        // A second one at the same time would give up at once instead of waiting.
        lock (checkpointing) sinceCheckpoint = database.Checkpoint() ? 0 : CheckpointEvery / 2;
    }

    /// <summary>What a write owes when maintenance has fallen far behind: twice what it added goes, before the next may add more, and hardly more than that.</summary>
    private void Repay(int added, long bytes)
    {
        if (newest >= youngUntil && FarBehind() && Attempt(() => RepayHistory(added, bytes)) is not null) youngUntil = newest + WakeEvery;
        if (sinceCheckpoint >= MostWal) CheckpointNow();
    }

    private void RepayHistory(int added, long bytes)
    {
        var target = Target();
        // What is only kept for its age isn't due, and needn't be looked for at every write.
        if (target <= compacted + MostDue && historyBytes <= options.KeepBytes + MostBytesDue)
        {
            youngUntil = newest + WakeEvery;
            return;
        }

        var (rows, left) = (Math.Min(target, compacted + 2 * added), historyBytes - 2 * bytes);
        while (compacted < rows && Compact(rows) is null)
        {
        }

        // Rows that replaced nothing free nothing: a write doesn't wait for all of them to be read.
        for (var step = 0; step < FewSteps + added / RowsOfStep && historyBytes > Math.Max(left, options.KeepBytes + MostBytesDue) && CompactSome(); step++)
        {
        }
    }

    private bool FarBehind() => newest - compacted > options.KeepRevisions + MostDue || historyBytes > options.KeepBytes + MostBytesDue;

    /// <summary>A step towards the window; true when there is more to do.</summary>
    private bool CompactSome()
    {
        var target = compacted;
        return Attempt(() => target = Target()) is null && target > compacted && Compact(target) is null && compacted < target;
    }

    private long Target()
    {
        if (historyBytes > options.KeepBytes) return newest;
        var beyondCount = newest - options.KeepRevisions;
        if (beyondCount <= compacted) return compacted;
        var cutoff = clock.GetUtcNow().ToUnixTimeMilliseconds() - (long)options.KeepFor.TotalMilliseconds;
        return compactor.OlderThan(cutoff, compacted, beyondCount);
    }

    /// <summary>Gives free pages back to the file system, but not those the next writes would ask for again.</summary>
    private bool ShrinkSome()
    {
        var more = false;
        var failed = Attempt(() =>
        {
            var (pages, free) = (database.Scalar<long>("PRAGMA page_count"), database.Scalar<long>("PRAGMA freelist_count"));
            if (free <= 256 + pages / 10) return;
            database.Run($"PRAGMA incremental_vacuum({PagesAtOnce})");
            sinceCheckpoint += PagesAtOnce * Schema.PageSize;
            more = true;
        });
        return failed is null && more;
    }
}
