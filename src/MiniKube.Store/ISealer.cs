namespace MiniKube.Store;

/// <summary>
/// Makes values unreadable on their way to the disk. In memory they are plain; everything on the disk, its history, WAL
/// and backups included, has gone through here.
/// </summary>
public interface ISealer
{
    /// <summary>What to write; null when the value is to be written as it is. Called at the writer's turn.</summary>
    byte[]? Seal(ObjectKey key, ReadOnlySpan<byte> value);

    /// <summary>The value of what was written, sealed or not; null when it can't be opened. Called on any thread.</summary>
    byte[]? Open(ObjectKey key, ReadOnlySpan<byte> stored);

    /// <summary>Whether it is stored as <see cref="Seal"/> would store it now.</summary>
    bool IsFresh(ObjectKey key, ReadOnlySpan<byte> stored);
}
