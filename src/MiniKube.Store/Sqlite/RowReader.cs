using System.Text;

namespace MiniKube.Store.Sqlite;

/// <summary>Turns rows into entries and notices those that are not what was written.</summary>
internal sealed class RowReader(string path, TermsOf termsOf, ISealer? sealer)
{
    /// <summary>The columns every reading statement begins with, in the order Read expects.</summary>
    public static string Columns(string table) => string.Join(", ",
        new[] { "revision", "kind", "created", "prior", "sum", "collection", "namespace", "name", "value" }.Select(c => $"{table}.{c}"));

    public const int ColumnCount = 9;

    private readonly Dictionary<string, string> names = new(StringComparer.Ordinal);
    private byte[] lastCollection = [], lastNamespace = [];
    private string lastCollectionText = "", lastNamespaceText = "";

    /// <summary>Checks the row; the entry is only made when wanted.</summary>
    public Entry? Read(Statement row, int from = 0, bool wanted = true)
    {
        var (revision, kind, created, prior) = (row.Long(from), (int)row.Long(from + 1), row.Long(from + 2), row.Long(from + 3));
        ReadOnlySpan<byte> collection = row.Blob(from + 5), ns = row.Blob(from + 6), name = row.Blob(from + 7), value = row.Blob(from + 8);
        if (RowSum.Of(revision, kind, created, prior, collection, ns, name, value) != (uint)row.Long(from + 4))
            throw new SqliteFailure(SQLitePCL.raw.SQLITE_CORRUPT, $"{path} is damaged (the change of revision {revision} is not what was written)");
        if (!wanted) return null;
        // Rows next to each other mostly share these, and all objects should share one string.
        var key = new ObjectKey(
            Shared(collection, ref lastCollection, ref lastCollectionText), Shared(ns, ref lastNamespace, ref lastNamespaceText),
            Encoding.UTF8.GetString(name));
        return new(key, sealer is null || value.IsEmpty ? value.ToArray() : Opened(key, value, revision), revision, created, termsOf);
    }

    private byte[] Opened(ObjectKey key, ReadOnlySpan<byte> stored, long revision) => sealer!.Open(key, stored)
        ?? throw new SqliteFailure(SQLitePCL.raw.SQLITE_AUTH, $"{path}: {key} (revision {revision}) can't be decrypted: its key is missing or not the right one; put the key file back");

    private string Shared(ReadOnlySpan<byte> utf8, ref byte[] last, ref string lastText)
    {
        if (utf8.SequenceEqual(last) && lastText.Length > 0) return lastText;
        var text = Encoding.UTF8.GetString(utf8);
        if (names.TryGetValue(text, out var known)) text = known;
        else names[text] = text;
        (last, lastText) = (utf8.ToArray(), text);
        return text;
    }
}
