namespace MiniKube.Store.Sqlite;

/// <summary>Writes rows anew that are not sealed as they should be, in steps short enough for a writer not to notice; revisions stay.</summary>
internal static class Resealer
{
    private const int RowsAtOnce = 256;

    /// <summary>One step over the rows after a revision: how far it got, null when there are no more.</summary>
    public static long? Step(Database database, RowReader reader, ISealer sealer, long after)
    {
        var stale = new List<(Entry Entry, int Kind, long Prior)>();
        long? reached = null;
        using (var rows = database.Prepare($"SELECT {RowReader.Columns("log")} FROM log WHERE revision > ? ORDER BY revision LIMIT {RowsAtOnce}"))
        {
            rows.Bind(1, after);
            while (rows.Step())
            {
                reached = rows.Long(0);
                if (rows.Blob(8).IsEmpty) continue;
                var entry = reader.Read(rows)!;
                if (!sealer.IsFresh(entry.Key, rows.Blob(8))) stale.Add((entry, (int)rows.Long(1), rows.Long(3)));
            }
        }

        if (stale.Count == 0) return reached;
        // What is written over must not stay readable between the rows.
        database.Run("PRAGMA secure_delete=ON; BEGIN IMMEDIATE");
        using (var update = database.Prepare("UPDATE log SET value = ?, sum = ? WHERE revision = ?"))
            foreach (var (entry, kind, prior) in stale)
            {
                var stored = sealer.Seal(entry.Key, entry.Value) ?? entry.Value;
                var sum = RowSum.Of(entry.Revision, kind, entry.Created, prior, Bytes(entry.Key.Collection), Bytes(entry.Key.Namespace), Bytes(entry.Key.Name), stored);
                update.BindBlob(1, stored).Bind(2, sum).Bind(3, entry.Revision).Run();
            }

        database.Run("COMMIT; PRAGMA secure_delete=OFF");
        return reached;
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
