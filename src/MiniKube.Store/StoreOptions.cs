namespace MiniKube.Store;

public sealed record StoreOptions
{
    /// <summary>The database file. Its directory must exist; a lock file and SQLite's own files lie beside it.</summary>
    public string? Path { get; init; }

    /// <summary>A change stays in the history while it is this young or among the newest so many, whichever keeps more.</summary>
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromHours(1);

    public long KeepRevisions { get; init; } = 100_000;

    /// <summary>History beyond this is compacted however young it is. Current objects do not count.</summary>
    public long KeepBytes { get; init; } = 512L << 20;

    /// <summary>How much of the newest history each collection's followers find in memory.</summary>
    public int RecentEvents { get; init; } = 4096;

    public long RecentBytes { get; init; } = 8L << 20;

    /// <summary>Which terms of a collection are indexed.</summary>
    public IndexesOf Indexes { get; init; } = static _ => [];

    /// <summary>Whether values of a collection are packed in memory once they have been left alone for a while: not those that others keep as they are anyway.</summary>
    public Func<string, bool> Packs { get; init; } = static _ => true;

    /// <summary>What makes values unreadable on the disk; null writes them as they are.</summary>
    public ISealer? Sealer { get; init; }

    /// <summary>Check every page at start, not only what is read anyway.</summary>
    public bool FullCheck { get; init; }
}

/// <summary>Sizes in bytes; zero where nothing is on disk.</summary>
public sealed record StoreStats(long Revision, long Compacted, int Objects, long ObjectBytes, long FileBytes, long FreeBytes, long WalBytes);
