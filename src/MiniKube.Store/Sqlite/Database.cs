using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MiniKube.Store.Sqlite;

/// <summary>SQLite said no: its code, and what it means to whoever runs the cluster.</summary>
internal sealed class SqliteFailure(int code, string message) : Exception(message)
{
    public int Code { get; } = code;
    public bool Damaged => (Code & 0xff) is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;
}

/// <summary>A connection. Cold queries go through Dapper, the hot ones through <see cref="Statement"/>.</summary>
internal sealed class Database : IDisposable
{
    static Database()
    {
        Batteries_V2.Init();
        DataSync.Install();
    }

    private readonly SqliteConnection connection;

    public Database(string path, SqliteOpenMode mode)
    {
        Path = path;
        connection = new(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        connection.Open();
        // Only ever waits for another connection of this process that is just recovering or switching the WAL.
        Run("PRAGMA busy_timeout=5000");
    }

    public string Path { get; }
    public sqlite3 Handle => connection.Handle!;
    public bool InTransaction => raw.sqlite3_get_autocommit(Handle) == 0;

    public void Run(string sql) => Check(raw.sqlite3_exec(Handle, sql));
    public int TryRun(string sql) => raw.sqlite3_exec(Handle, sql);
    public Statement Prepare(string sql) => new(this, sql);
    public T Scalar<T>(string sql, object? args = null) => connection.ExecuteScalar<T>(sql, args)!;
    public T Single<T>(string sql, object? args = null) => connection.QuerySingle<T>(sql, args);
    public IEnumerable<T> Query<T>(string sql, object? args = null) => connection.Query<T>(sql, args);

    /// <summary>Copies what it can of the WAL into the file without waiting for anybody; true when nothing is left.</summary>
    public bool Checkpoint()
    {
        var code = raw.sqlite3_wal_checkpoint_v2(Handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out var frames, out var done);
        return code == raw.SQLITE_OK && frames == done;
    }

    public void Check(int code)
    {
        if (code is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE) return;
        throw Failure(code);
    }

    public SqliteFailure Failure(int code) => new(code, Meaning(code, Path, raw.sqlite3_errmsg(Handle).utf8_to_string()));

    public static string Meaning(int code, string path, string detail) => (code & 0xff) switch
    {
        raw.SQLITE_FULL => $"no space is left for {path}: free some on its disk",
        raw.SQLITE_READONLY or raw.SQLITE_PERM => $"{path} cannot be written: the disk or the file is read-only",
        raw.SQLITE_IOERR => $"the disk of {path} fails ({detail})",
        raw.SQLITE_CANTOPEN => $"{path} cannot be opened: check that the directory exists and belongs to this user",
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => $"{path} is damaged ({detail})",
        _ => $"{path}: {detail}",
    };

    public void Dispose() => connection.Dispose();
}

/// <summary>A prepared command that is used again and again by one thread at a time.</summary>
internal sealed class Statement : IDisposable
{
    private readonly Database database;
    private readonly sqlite3_stmt statement;

    public Statement(Database database, string sql)
    {
        this.database = database;
        database.Check(raw.sqlite3_prepare_v2(database.Handle, sql, out statement));
    }

    public Statement Bind(int at, long value)
    {
        database.Check(raw.sqlite3_bind_int64(statement, at, value));
        return this;
    }

    public Statement BindText(int at, ReadOnlySpan<byte> utf8)
    {
        // An empty span would be bound as NULL.
        database.Check(utf8.IsEmpty ? raw.sqlite3_bind_text(statement, at, "") : raw.sqlite3_bind_text(statement, at, utf8));
        return this;
    }

    public Statement BindBlob(int at, ReadOnlySpan<byte> bytes)
    {
        database.Check(bytes.IsEmpty ? raw.sqlite3_bind_zeroblob(statement, at, 0) : raw.sqlite3_bind_blob(statement, at, bytes));
        return this;
    }

    public bool Step()
    {
        var code = raw.sqlite3_step(statement);
        if (code == raw.SQLITE_ROW) return true;
        if (code == raw.SQLITE_DONE) return false;
        var failure = database.Failure(code);
        raw.sqlite3_reset(statement);
        throw failure;
    }

    public void Reset() => raw.sqlite3_reset(statement);

    public void Run()
    {
        Step();
        Reset();
    }

    public long Long(int column) => raw.sqlite3_column_int64(statement, column);
    public bool IsNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(statement, column);

    public void Dispose() => statement.Dispose();
}
