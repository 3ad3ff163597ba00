using MiniKube.ControlLoop;
using MiniKube.Machinery;

namespace MiniKube.Host;

/// <summary>Takes a watch frame apart without parsing the object: its envelope is always written the same way.</summary>
internal static class WatchFrame
{
    private static ReadOnlySpan<byte> Head => "{\"type\":\""u8;
    private static ReadOnlySpan<byte> Middle => "\",\"object\":"u8;

    public static ApiEvent Read(ReadOnlyMemory<byte> frame)
    {
        var span = frame.Span;
        var end = span[Head.Length..].IndexOf((byte)'"') + Head.Length;
        var type = span[Head.Length..end] switch
        {
            var t when t.SequenceEqual("ADDED"u8) => EventType.Added,
            var t when t.SequenceEqual("MODIFIED"u8) => EventType.Modified,
            var t when t.SequenceEqual("DELETED"u8) => EventType.Deleted,
            var t when t.SequenceEqual("BOOKMARK"u8) => EventType.Bookmark,
            _ => EventType.Error,
        };
        var start = end + Middle.Length;
        var obj = frame[start..^2];
        return new ApiEvent(type, obj, type == EventType.Error ? ApiError.FromStatus(JsonReader.ReadMap(obj.Span)) : null);
    }
}
