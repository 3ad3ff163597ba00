using System.Text;

namespace MiniKube.Store.Sqlite;

/// <summary>The hot path: a group of changes becomes one transaction and one fsync.</summary>
internal sealed class Appender(Database database, ISealer? sealer) : IDisposable
{
    private readonly Statement insert = database.Prepare(
        "INSERT INTO log (revision, at, kind, created, prior, sum, collection, namespace, name, value) VALUES (?,?,?,?,?,?,?,?,?,?)");
    private readonly Statement begin = database.Prepare("BEGIN IMMEDIATE");
    private readonly Statement commit = database.Prepare("COMMIT");
    private readonly byte[] text = new byte[3 * 4 * Writing.Limits.MostKeyPart];

    public void Append(IReadOnlyList<StoreEvent> changes, long at)
    {
        if (changes.Count == 1)
        {
            Insert(changes[0], at);
            return;
        }

        begin.Run();
        foreach (var change in changes) Insert(change, at);
        commit.Run();
    }

    private void Insert(StoreEvent change, long at)
    {
        var (entry, key) = (change.Entry, change.Entry.Key);
        var kind = !change.Deleted ? RowKind.Put
            : entry.RepeatsPrior ? RowKind.DeleteOfPrior : RowKind.Delete;
        ReadOnlySpan<byte> value = kind == RowKind.DeleteOfPrior ? [] : sealer?.Seal(key, entry.Value) ?? entry.Value;
        var prior = change.Previous?.Revision ?? 0;
        var a = Encoding.UTF8.GetBytes(key.Collection, text);
        var b = a + Encoding.UTF8.GetBytes(key.Namespace, text.AsSpan(a));
        var c = b + Encoding.UTF8.GetBytes(key.Name, text.AsSpan(b));
        ReadOnlySpan<byte> collection = text.AsSpan(0, a), ns = text.AsSpan(a, b - a), name = text.AsSpan(b, c - b);

        insert.Bind(1, entry.Revision).Bind(2, at).Bind(3, (int)kind).Bind(4, entry.Created).Bind(5, prior)
            .Bind(6, RowSum.Of(entry.Revision, (int)kind, entry.Created, prior, collection, ns, name, value))
            .BindText(7, collection).BindText(8, ns).BindText(9, name).BindBlob(10, value)
            .Run();
    }

    public void Dispose()
    {
        insert.Dispose();
        begin.Dispose();
        commit.Dispose();
    }
}
