using Microsoft.Data.Sqlite;
using MiniKube.Store.Log;

namespace MiniKube.Store.Sqlite;

/// <summary>The log in a SQLite file. One connection writes, at the writer's turn; others read and checkpoint beside it.</summary>
internal sealed partial class SqliteLog : ILog
{
    private readonly string path;
    private readonly Database database;
    private readonly Database beside;
    private readonly LockFile held;
    private readonly StoreOptions options;
    private readonly TermsOf termsOf;
    private readonly TimeProvider clock;
    private readonly Appender appender;
    private readonly Compactor compactor;
    private readonly HistoryReader history;
    private long compacted;
    private long newest;
    private long lastAt;
    private long historyBytes;
    private long sinceCheckpoint;

    public SqliteLog(Database database, LockFile held, Loaded loaded, StoreOptions options, TermsOf termsOf, TimeProvider clock)
    {
        (path, this.database, this.held, this.options, this.termsOf, this.clock) = (database.Path, database, held, options, termsOf, clock);
        (compacted, newest, lastAt, historyBytes) = (loaded.Compacted, loaded.Revision, loaded.LastAt, loaded.HistoryBytes);
        (appender, compactor, history) = (new(database, options.Sealer), new(database), new(path, termsOf, options.Sealer));
        beside = new(path, SqliteOpenMode.ReadWrite);
    }

    public long Compacted => Volatile.Read(ref compacted);

    public StoreFault.Unavailable? Append(IReadOnlyList<StoreEvent> changes)
    {
        var before = sinceCheckpoint;
        if (AppendAll(changes) is { } fault) return fault;
        // What goes wrong with that is tried again, and has nothing to do with this write.
        Repay(changes.Count, sinceCheckpoint - before);
        return null;
    }

    private StoreFault.Unavailable? AppendAll(IReadOnlyList<StoreEvent> changes) => Attempt(() =>
    {
        // The clock may go back; the times in the log do not, since the window is searched by halving.
        var at = Math.Max(lastAt, clock.GetUtcNow().ToUnixTimeMilliseconds());
        appender.Append(changes, at);
        (lastAt, newest) = (at, changes[^1].Revision);
        foreach (var change in changes)
        {
            var stored = change.Entry.Size + Loader.RowOverhead;
            sinceCheckpoint += stored;
            if (change.Previous is { } previous) historyBytes += previous.Size + Loader.RowOverhead;
            if (change.Deleted) historyBytes += change.Entry.RepeatsPrior ? Loader.RowOverhead : stored;
        }

        sinceCheckpoint += Schema.PageSize;
        if (sinceCheckpoint >= CheckpointEvery || newest - wokenAt >= WakeEvery) Wake();
    });

    public StoreFault.Unavailable? Compact(long revision) => Attempt(() =>
    {
        var (reached, freed) = compactor.Step(compacted, Math.Min(revision, newest));
        historyBytes -= freed;
        sinceCheckpoint += Math.Max(Schema.PageSize, freed / 2);
        Volatile.Write(ref compacted, reached);
    });

    public (long? Reached, StoreFault.Unavailable? Fault) Reseal(long after)
    {
        if (options.Sealer is not { } sealer) return (null, null);
        long? reached = null;
        var fault = Attempt(() =>
        {
            reached = Resealer.Step(database, new RowReader(path, termsOf, sealer), sealer, after);
            // The WAL still has what was written before.
            if (reached is null) database.TryRun("PRAGMA wal_checkpoint(TRUNCATE)");
            sinceCheckpoint += Schema.PageSize;
        });
        return (reached, fault);
    }

    public async ValueTask<(IReadOnlyList<StoreEvent> Changes, long Reached, StoreFault? Fault)> ReadAsync(
        string? collection, long after, long upTo, int most, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested) return ([], after, new StoreFault.Cancelled());
        return await Task.Run(() => history.Read(collection, after, upTo, most), CancellationToken.None);
    }

    public LogSize Size()
    {
        try
        {
            var pages = history.With(reader => reader.Single<Pages>(
                "SELECT page_count AS Count, freelist_count AS Free, page_size AS Size FROM pragma_page_count, pragma_freelist_count, pragma_page_size"));
            var wal = new FileInfo(path + "-wal");
            return new(new FileInfo(path).Length, pages.Free * pages.Size, wal.Exists ? wal.Length : 0);
        }
        catch (Exception e) when (e is SqliteFailure or SqliteException or IOException)
        {
            return default;
        }
    }

    public ValueTask DisposeAsync()
    {
        history.Dispose();
        beside.Dispose();
        wake.Dispose();
        compactor.Dispose();
        appender.Dispose();
        // The last connection empties the WAL into the file as it closes.
        database.Dispose();
        held.Dispose();
        return default;
    }

    private sealed record Pages(long Count, long Free, long Size);

    /// <summary>A failed transaction leaves nothing behind, in the file or here; the next one starts from the same state.</summary>
    private StoreFault.Unavailable? Attempt(Action transaction)
    {
        try
        {
            transaction();
            return null;
        }
        catch (SqliteFailure failure)
        {
            if (database.InTransaction) database.TryRun("ROLLBACK");
            return new(failure.Message);
        }
    }
}
