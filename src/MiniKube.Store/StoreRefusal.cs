namespace MiniKube.Store;

/// <summary>Why a store was not opened, with what to do about it.</summary>
public abstract record StoreRefusal(string Message)
{
    public sealed record InUse(string Path, int Pid) : StoreRefusal(
        $"{Path} is in use by {(Pid > 0 ? $"process {Pid}" : "another process")}: stop it first, or choose another data directory");

    public sealed record Foreign(string Path, string Why) : StoreRefusal(
        $"{Path} is not a minik store ({Why}): move the file away to start empty, or choose another data directory");

    public sealed record Newer(string Path, int Version, int Known) : StoreRefusal(
        $"{Path} was written by a newer minik (format {Version}, this one knows up to {Known}): use that version, or restore a backup made before the upgrade");

    public sealed record Damaged(string Path, string Why) : StoreRefusal(
        $"{Why}: restore a backup, or move {Path} and the files beside it away to start empty; nothing was changed");

    public sealed record Unusable(string Path, string Why) : StoreRefusal(Why);
}

/// <summary>An open store, or why there is none.</summary>
public readonly record struct OpenOutcome(StateStore? Store, StoreRefusal? Refusal);

/// <summary>The revision at which a restored store goes on and where the former one lies, or why nothing was changed.</summary>
public readonly record struct RestoreOutcome(long Revision, string? Replaced, StoreRefusal? Refusal);

/// <summary>A backup that was read back and found whole, or why there is none.</summary>
public readonly record struct BackupOutcome(long Revision, long Bytes, StoreFault? Fault);
