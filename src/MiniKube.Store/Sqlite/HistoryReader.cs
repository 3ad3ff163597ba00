using System.Collections.Concurrent;
using System.Text;
using Microsoft.Data.Sqlite;

namespace MiniKube.Store.Sqlite;

/// <summary>Reads pages of the past on connections of its own, beside the writer.</summary>
internal sealed class HistoryReader(string path, TermsOf termsOf, ISealer? sealer) : IDisposable
{
    private const int MostPageBytes = 8 << 20;

    private readonly ConcurrentBag<Database> idle = [];

    public (IReadOnlyList<StoreEvent> Changes, long Reached, StoreFault? Fault) Read(string? collection, long after, long upTo, int most)
    {
        Database? database = null;
        try
        {
            database = Take();
            database.Run("BEGIN");
            try
            {
                // In the same transaction as the rows: compaction may be going on.
                var compacted = database.Scalar<long>("SELECT compacted FROM mark");
                return after < compacted ? ([], after, new StoreFault.Compacted(compacted)) : Page(database, collection, after, upTo, most);
            }
            finally
            {
                database.Run("COMMIT");
                idle.Add(database);
                database = null;
            }
        }
        catch (Exception e) when (e is SqliteFailure or SqliteException)
        {
            database?.Dispose();
            return ([], after, new StoreFault.Unavailable(e.Message));
        }
    }

    public T With<T>(Func<Database, T> use)
    {
        var database = Take();
        try
        {
            return use(database);
        }
        finally
        {
            idle.Add(database);
        }
    }

    public void Dispose()
    {
        while (idle.TryTake(out var database)) database.Dispose();
    }

    private (IReadOnlyList<StoreEvent> Changes, long Reached, StoreFault? Fault) Page(Database database, string? collection, long after, long upTo, int most)
    {
        var reader = new RowReader(path, termsOf, sealer);
        var changes = new List<StoreEvent>();
        var bytes = 0;
        using var rows = database.Prepare($"""
            SELECT {RowReader.Columns("l")}, {RowReader.Columns("p")} FROM log l LEFT JOIN log p ON p.revision = l.prior
            WHERE l.revision > ? AND l.revision <= ? {(collection is null ? "" : "AND l.collection = ?")} ORDER BY l.revision
            """);
        rows.Bind(1, after).Bind(2, upTo);
        if (collection is not null) rows.BindText(3, Encoding.UTF8.GetBytes(collection));
        while (rows.Step())
        {
            var (kind, entry) = ((RowKind)rows.Long(1), reader.Read(rows)!);
            var previous = rows.IsNull(RowReader.ColumnCount) ? null : reader.Read(rows, RowReader.ColumnCount);
            if (kind == RowKind.DeleteOfPrior) entry = previous!.At(entry.Revision);
            changes.Add(new(entry.Revision, kind != RowKind.Put, entry, previous));
            bytes += entry.Size;
            if (changes.Count == most || bytes > MostPageBytes) return (changes, entry.Revision, null);
        }

        return (changes, upTo, null);
    }

    private Database Take() => idle.TryTake(out var database) ? database : new(path, SqliteOpenMode.ReadOnly);
}
