using System.Buffers;

namespace MiniKube.Server;

public enum FrameType
{
    Added,
    Modified,
    Deleted,
    Bookmark,
    Error,
}

/// <summary>
/// One event of a watch. The object is, where possible, the stored bytes themselves, so that however many watch it nothing
/// is encoded or copied before it reaches each one's socket.
/// </summary>
public readonly record struct WatchFrame(FrameType Type, ReadOnlyMemory<byte> Object)
{
    private ReadOnlySpan<byte> Head => Type switch
    {
        FrameType.Added => "{\"type\":\"ADDED\",\"object\":"u8,
        FrameType.Modified => "{\"type\":\"MODIFIED\",\"object\":"u8,
        FrameType.Deleted => "{\"type\":\"DELETED\",\"object\":"u8,
        FrameType.Bookmark => "{\"type\":\"BOOKMARK\",\"object\":"u8,
        _ => "{\"type\":\"ERROR\",\"object\":"u8,
    };

    /// <summary>In bytes, as it goes over the wire.</summary>
    public int Length => Head.Length + Object.Length + 2;

    public void WriteTo(IBufferWriter<byte> writer)
    {
        writer.Write(Head);
        writer.Write(Object.Span);
        writer.Write("}\n"u8);
    }
}
