namespace MiniKube.Store.Sqlite;

/// <summary>
/// One table, appended to in order of its key. Superseded rows are the history; the current objects are the puts that no
/// later row names as its prior. Migrations only go forward and run in one transaction each.
/// </summary>
internal static class Schema
{
    /// <summary>"mink": how a file of ours is told from somebody else's.</summary>
    public const int ApplicationId = 0x6d696e6b;

    /// <summary>Three objects of 2 KB fit one page, and a lone write still is a small one.</summary>
    public const int PageSize = 8192;

    public static int Version => Migrations.Length;

    public static readonly string[] Migrations =
    [
        """
        CREATE TABLE log (
          revision   INTEGER PRIMARY KEY,
          at         INTEGER NOT NULL,
          kind       INTEGER NOT NULL,
          created    INTEGER NOT NULL,
          prior      INTEGER NOT NULL,
          sum        INTEGER NOT NULL,
          collection TEXT NOT NULL,
          namespace  TEXT NOT NULL,
          name       TEXT NOT NULL,
          value      BLOB NOT NULL);
        CREATE TABLE mark (id INTEGER PRIMARY KEY CHECK (id = 1), compacted INTEGER NOT NULL);
        INSERT INTO mark VALUES (1, 0);
        """,
    ];

    public static void Prepare(Database database)
    {
        if (new FileInfo(database.Path) is not { Exists: true, Length: > 0 })
        {
            // Both only take effect before anything is read or written, even the version.
            database.Run($"PRAGMA page_size={PageSize}");
            database.Run("PRAGMA auto_vacuum=INCREMENTAL");
        }

        Durable(database);
        for (var version = database.Scalar<int>("PRAGMA user_version"); version < Version; version++)
            database.Run($"BEGIN IMMEDIATE; {Migrations[version]} PRAGMA application_id={ApplicationId}; PRAGMA user_version={version + 1}; COMMIT");
    }

    /// <summary>An acknowledged commit is on the disk; the WAL is emptied by us and kept at its length, which saves a file its growing.</summary>
    private static void Durable(Database database)
    {
        database.Run("PRAGMA journal_mode=WAL");
        database.Run("PRAGMA synchronous=FULL");
        database.Run("PRAGMA wal_autocheckpoint=0");
        database.Run($"PRAGMA journal_size_limit={64 << 20}");
        database.Run("PRAGMA cache_size=-8192");
        database.Run("PRAGMA temp_store=MEMORY");
    }
}

/// <summary>What a row is.</summary>
internal enum RowKind { Put = 0, Delete = 1, DeleteOfPrior = 2 }
