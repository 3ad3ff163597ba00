using System.Diagnostics;

namespace MiniKube.Store.Sqlite;

/// <summary>Removes superseded rows in steps short enough for a writer not to notice.</summary>
internal sealed class Compactor(Database database) : IDisposable
{
    private static readonly (int Rows, TimeSpan Time) Usual = (256, TimeSpan.FromMilliseconds(1));

    // Writers that are faster than usual steps would let the file grow: then they wait longer.
    private static readonly (int Rows, TimeSpan Time) Behind = (2048, TimeSpan.FromMilliseconds(4));
    private const long FarBehind = 10_000;

    // Reading counts too: from a disk, two rows a change are most of the time.
    private const int RowsAtOnce = 32;

    private readonly Statement scan = database.Prepare("""
        SELECT l.revision, l.prior, l.kind, length(l.value), length(p.value) FROM log l LEFT JOIN log p ON p.revision = l.prior
        WHERE l.revision > ? AND l.revision <= ? ORDER BY l.revision LIMIT ?
        """);
    private readonly Statement remove = database.Prepare("DELETE FROM log WHERE revision = ?");
    private readonly Statement mark = database.Prepare("UPDATE mark SET compacted = ?");
    private readonly Statement timeOf = database.Prepare("SELECT at FROM log WHERE revision = ?");

    /// <summary>One step from one revision towards another: where it got to and how many bytes of history went.</summary>
    public (long Compacted, long Freed) Step(long compacted, long target)
    {
        var enough = target - compacted > FarBehind ? Behind : Usual;
        var (start, freed) = (Stopwatch.GetTimestamp(), 0L);
        // A step that pulled power undoes is done again: it need not wait for the disk, the next write's sync covers it.
        database.Run("PRAGMA synchronous=NORMAL; BEGIN IMMEDIATE");
        try
        {
            foreach (var row in RowsOf(compacted, target).Take(enough.Rows))
            {
                freed += Remove(row);
                compacted = row.Revision;
                if (Stopwatch.GetElapsedTime(start) > enough.Time) break;
            }

            mark.Bind(1, compacted).Run();
            database.Run("COMMIT");
        }
        finally
        {
            if (database.InTransaction) database.TryRun("ROLLBACK");
            database.Run("PRAGMA synchronous=FULL");
        }

        return (compacted, freed);
    }

    private long Remove(Row row)
    {
        var freed = 0L;
        // Nobody may ask for a state before this row any more, so what it replaced goes; a deletion leaves nothing to keep.
        if (row.Prior > 0 && row.PriorBytes is { } bytes)
        {
            remove.Bind(1, row.Prior).Run();
            freed += bytes + Loader.RowOverhead;
        }

        if (row.Kind == RowKind.Put) return freed;
        remove.Bind(1, row.Revision).Run();
        return freed + row.Bytes + Loader.RowOverhead;
    }

    /// <summary>The newest revision in (compacted, newest] that is older than a time; compacted when none is.</summary>
    public long OlderThan(long time, long compacted, long newest)
    {
        var (low, high) = (compacted, newest);
        while (low < high)
        {
            var middle = low + (high - low + 1) / 2;
            if (TimeOf(middle) < time) low = middle;
            else high = middle - 1;
        }

        return low;
    }

    public void Dispose()
    {
        scan.Dispose();
        remove.Dispose();
        mark.Dispose();
        timeOf.Dispose();
    }

    private long TimeOf(long revision)
    {
        timeOf.Bind(1, revision);
        var time = timeOf.Step() ? timeOf.Long(0) : long.MaxValue;
        timeOf.Reset();
        return time;
    }

    private readonly record struct Row(long Revision, long Prior, RowKind Kind, long Bytes, long? PriorBytes);

    private IEnumerable<Row> RowsOf(long after, long upTo)
    {
        for (List<Row> rows; (rows = Some(after, upTo)).Count > 0; after = rows[^1].Revision)
            foreach (var row in rows)
                yield return row;
    }

    private List<Row> Some(long after, long upTo)
    {
        var rows = new List<Row>();
        scan.Bind(1, after).Bind(2, upTo).Bind(3, RowsAtOnce);
        while (scan.Step())
            rows.Add(new(scan.Long(0), scan.Long(1), (RowKind)scan.Long(2), scan.Long(3), scan.IsNull(4) ? null : scan.Long(4)));
        scan.Reset();
        return rows;
    }
}
