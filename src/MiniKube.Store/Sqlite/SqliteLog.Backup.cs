using Microsoft.Data.Sqlite;

namespace MiniKube.Store.Sqlite;

internal sealed partial class SqliteLog
{
    /// <summary>Copies beside the writer into a file that only gets its name once it was read back.</summary>
    public async ValueTask<BackupOutcome> BackupAsync(string path, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested) return new(0, 0, new StoreFault.Cancelled());
        return await Task.Run(() => Backup(path), CancellationToken.None);
    }

    private BackupOutcome Backup(string target)
    {
        var unproven = target + ".part";
        try
        {
            if (File.Exists(target)) return new(0, 0, new StoreFault.Unavailable($"{target} exists already: a backup replaces nothing"));
            File.Delete(unproven);
            history.With(reader => reader.Scalar<string>("VACUUM INTO @unproven", new { unproven }));
            var revision = Verify(unproven);
            using (var file = new FileStream(unproven, FileMode.Open, FileAccess.ReadWrite)) file.Flush(flushToDisk: true);
            File.Move(unproven, target);
            return new(revision, new FileInfo(target).Length, null);
        }
        catch (Exception e) when (e is SqliteFailure or SqliteException or IOException or UnauthorizedAccessException)
        {
            File.Delete(unproven);
            return new(0, 0, new StoreFault.Unavailable($"the backup to {target} failed: {e.Message}"));
        }
    }

    private long Verify(string copy)
    {
        using var database = new Database(copy, SqliteOpenMode.ReadOnly);
        Opening.FullCheck(database);
        return Loader.Load(database, termsOf, options.Sealer).Revision;
    }
}
