using Microsoft.Data.Sqlite;

namespace MiniKube.Store.Sqlite;

/// <summary>From a path to a log that may be trusted, or to a refusal. A file that is refused is not touched.</summary>
internal static class Opening
{
    public static (SqliteLog? Log, Loaded? Loaded, StoreRefusal? Refusal) Open(StoreOptions options, TermsOf termsOf, TimeProvider clock)
    {
        var path = options.Path!;
        LockFile? held = null;
        Database? database = null;
        try
        {
            (held, var holder) = LockFile.Take(path);
            if (held is null) return (null, null, new StoreRefusal.InUse(path, holder));
            if (Inspect(path, path) is { } refusal)
            {
                held.Dispose();
                return (null, null, refusal);
            }

            database = new(path, SqliteOpenMode.ReadWriteCreate);
            Schema.Prepare(database);
            if (options.FullCheck) FullCheck(database);
            var loaded = Loader.Load(database, termsOf, options.Sealer);
            return (new(database, held, loaded, options, termsOf, clock), loaded, null);
        }
        catch (Exception e) when (e is SqliteFailure or SqliteException or IOException or UnauthorizedAccessException)
        {
            database?.Dispose();
            held?.Dispose();
            return (null, null, Refusal(path, e));
        }
    }

    public static void FullCheck(Database database)
    {
        var found = database.Scalar<string>("PRAGMA integrity_check(1)");
        if (found != "ok")
            throw new SqliteFailure(SQLitePCL.raw.SQLITE_CORRUPT, $"{database.Path} is damaged ({found.ReplaceLineEndings(" ")})");
    }

    /// <summary>Looks at a file, called by a name, before anything is written to it.</summary>
    public static StoreRefusal? Inspect(string path, string name)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length == 0)
            return new FileInfo(path + "-wal") is { Exists: true, Length: > 0 } && !file.Exists
                ? new StoreRefusal.Damaged(name, $"{name} is missing but the changes that belong to it are in {name}-wal") : null;

        Span<byte> head = stackalloc byte[100];
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
            if (stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length || !head.StartsWith("SQLite format 3\0"u8))
                return new StoreRefusal.Foreign(name, "it is not a SQLite database");

        using var database = new Database(path, SqliteOpenMode.ReadWrite);
        var (id, version) = (database.Scalar<int>("PRAGMA application_id"), database.Scalar<int>("PRAGMA user_version"));
        if (id == Schema.ApplicationId)
            return version > Schema.Version ? new StoreRefusal.Newer(name, version, Schema.Version) : null;
        // Ended by force between creating the file and its first table.
        return id == 0 && database.Scalar<int>("SELECT count(*) FROM sqlite_master") == 0
            ? null : new StoreRefusal.Foreign(name, "it is a SQLite database of another program");
    }

    public static StoreRefusal Refusal(string path, Exception e) => e switch
    {
        SqliteFailure { Damaged: true } damaged => new StoreRefusal.Damaged(path, damaged.Message),
        SqliteException sql when (sql.SqliteErrorCode is SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB) =>
            new StoreRefusal.Damaged(path, Database.Meaning(sql.SqliteErrorCode, path, sql.Message)),
        SqliteException sql => new StoreRefusal.Unusable(path, Database.Meaning(sql.SqliteErrorCode, path, sql.Message)),
        SqliteFailure failure => new StoreRefusal.Unusable(path, failure.Message),
        _ => new StoreRefusal.Unusable(path, $"{path} cannot be opened ({e.Message}): check that its directory exists and belongs to this user"),
    };
}
