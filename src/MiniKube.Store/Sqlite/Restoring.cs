using System.Globalization;
using Microsoft.Data.Sqlite;

namespace MiniKube.Store.Sqlite;

/// <summary>
/// Puts a proven backup in the place of a closed store. What stood there is moved aside. Revisions go on above those of both, and
/// what lies between is compacted: whoever followed the former store is told to begin anew instead of seeing its numbers come back.
/// </summary>
internal static class Restoring
{
    /// <summary>More changes than a store that can't be read any more may have told of since the backup.</summary>
    private const long Leap = 1_000_000;

    public static RestoreOutcome Restore(StoreOptions options, string backup, TermsOf termsOf, TimeProvider clock)
    {
        var path = options.Path!;
        var copy = path + ".restoring";
        LockFile? held = null;
        try
        {
            if (new FileInfo(backup) is not { Exists: true, Length: > 0 }) return Refused(new StoreRefusal.Foreign(backup, "there is nothing in it"));
            (held, var holder) = LockFile.Take(path);
            if (held is null) return Refused(new StoreRefusal.InUse(path, holder));
            File.Delete(copy);
            File.Copy(backup, copy);
            if (Opening.Inspect(copy, backup) is { } refusal) return Refused(refusal);
            var revision = MakeCurrent(copy, Newest(path), termsOf, options.Sealer);
            using (var file = new FileStream(copy, FileMode.Open, FileAccess.ReadWrite)) file.Flush(flushToDisk: true);
            var aside = MoveAside(path, clock);
            File.Move(copy, path);
            return new(revision, aside, null);
        }
        catch (Exception e) when (e is SqliteFailure or SqliteException or IOException or UnauthorizedAccessException)
        {
            return Refused(Opening.Refusal(backup, e));
        }
        finally
        {
            File.Delete(copy);
            held?.Dispose();
        }
    }

    private static RestoreOutcome Refused(StoreRefusal refusal) => new(0, null, refusal);

    private static long MakeCurrent(string copy, long replaced, TermsOf termsOf, ISealer? sealer)
    {
        using var database = new Database(copy, SqliteOpenMode.ReadWrite);
        Schema.Prepare(database);
        Opening.FullCheck(database);
        var loaded = Loader.Load(database, termsOf, sealer);
        using (var compactor = new Compactor(database))
            for (var at = loaded.Compacted; at < loaded.Revision;) (at, _) = compactor.Step(at, loaded.Revision);
        var revision = Math.Max(loaded.Revision, replaced) + Leap;
        database.Run(string.Create(CultureInfo.InvariantCulture, $"UPDATE mark SET compacted = {revision}"));
        // Everything into the one file that gets the name.
        database.Run("PRAGMA journal_mode=DELETE");
        return revision;
    }

    /// <summary>The newest revision of the store that is replaced, as far as it can still be read.</summary>
    private static long Newest(string path)
    {
        if (!File.Exists(path)) return 0;
        try
        {
            using var database = new Database(path, SqliteOpenMode.ReadWrite);
            return database.Scalar<long>("SELECT max(compacted, (SELECT ifnull(max(revision), 0) FROM log)) FROM mark");
        }
        catch (Exception e) when (e is SqliteFailure or SqliteException)
        {
            return 0;
        }
    }

    private static string? MoveAside(string path, TimeProvider clock)
    {
        var aside = path + clock.GetUtcNow().ToString("'.replaced-'yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var there = File.Exists(path);
        foreach (var part in (string[])["", "-wal", "-shm"])
            if (File.Exists(path + part)) File.Move(path + part, aside + part, overwrite: true);
        return there ? aside : null;
    }
}
