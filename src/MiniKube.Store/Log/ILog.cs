namespace MiniKube.Store.Log;

/// <summary>
/// Where changes are kept beyond memory. The state, the rings and the rules of writing are the same whatever this is;
/// Append and the steps of compaction are called under the writer's turn, one at a time.
/// </summary>
internal interface ILog : IAsyncDisposable
{
    /// <summary>Changes up to here are gone.</summary>
    long Compacted { get; }

    /// <summary>Makes the changes durable, all or none. Blocks until they are.</summary>
    StoreFault.Unavailable? Append(IReadOnlyList<StoreEvent> changes);

    /// <summary>Forgets changes up to at most this revision; a step of a few milliseconds, to be called again until Compacted is there.</summary>
    StoreFault.Unavailable? Compact(long revision);

    /// <summary>Seals anew what is not sealed as it should be, a step over the changes after a revision; Reached is null when there are no more.</summary>
    (long? Reached, StoreFault.Unavailable? Fault) Reseal(long after);

    /// <summary>
    /// Keeps the log small until cancelled: runs beside the writer and takes the writer's turn for a few milliseconds at a time.
    /// </summary>
    Task MaintainAsync(Func<Func<bool>, Task<bool>> atTurn, CancellationToken cancel);

    LogSize Size();

    ValueTask<BackupOutcome> BackupAsync(string path, CancellationToken cancel);

    /// <summary>
    /// Changes in (after, upTo] in order, of one collection or of all, at most so many; Reached is how far the answer goes.
    /// </summary>
    ValueTask<(IReadOnlyList<StoreEvent> Changes, long Reached, StoreFault? Fault)> ReadAsync(
        string? collection, long after, long upTo, int most, CancellationToken cancel);
}

internal readonly record struct LogSize(long FileBytes, long FreeBytes, long WalBytes);
