namespace MiniKube.Store.Sqlite;

internal sealed record Loaded(List<Entry> Entries, long Revision, long Compacted, long LastAt, long HistoryBytes);

/// <summary>Reads the whole log once, newest first, and checks every row on the way.</summary>
internal static class Loader
{
    /// <summary>What a row takes beside its value, roughly.</summary>
    public const int RowOverhead = 128;

    public static Loaded Load(Database database, TermsOf termsOf, ISealer? sealer)
    {
        var compacted = database.Scalar<long>("SELECT compacted FROM mark");
        var reader = new RowReader(database.Path, termsOf, sealer);
        // Newest first: a row is superseded if one already seen named it as its prior.
        var superseded = new HashSet<long>();
        var entries = new List<Entry>();
        var (newest, expected, lastAt, history) = (0L, 0L, 0L, 0L);
        using var rows = database.Prepare($"SELECT {RowReader.Columns("log")}, at FROM log ORDER BY revision DESC");
        while (rows.Step())
        {
            var (revision, kind, prior) = (rows.Long(0), (RowKind)rows.Long(1), rows.Long(3));
            if (newest == 0) newest = expected = revision;
            if (revision > compacted && revision != expected--) throw Gap(database, expected + 1);
            lastAt = Math.Max(lastAt, rows.Long(RowReader.ColumnCount));
            var current = !superseded.Remove(revision) && kind == RowKind.Put;
            if (reader.Read(rows, 0, current) is { } entry) entries.Add(entry);
            else history += rows.Blob(8).Length + RowOverhead;
            // What earlier rows replaced is already compacted.
            if (prior > 0 && revision > compacted) superseded.Add(prior);
        }

        if (newest > compacted && expected != compacted) throw Gap(database, expected);
        foreach (var prior in superseded) throw Gap(database, prior);
        return new(entries, Math.Max(newest, compacted), compacted, lastAt, history);
    }

    private static SqliteFailure Gap(Database database, long revision) =>
        new(SQLitePCL.raw.SQLITE_CORRUPT, $"{database.Path} is damaged (the change of revision {revision} is missing)");
}
