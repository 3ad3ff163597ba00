using System.Buffers.Text;
using System.Text;

namespace MiniKube.Kubelet.Probes;

/// <summary>The head of an HTTP/1 answer and how its body ends, read from the bytes that have come so far. Pure: no connection.</summary>
internal readonly record struct HttpAnswer(int Status, string? Location, int HeadBytes, long? Length, bool Chunked)
{
    private static ReadOnlySpan<byte> EndOfHead => "\r\n\r\n"u8;

    private static ReadOnlySpan<byte> LastChunk => "0\r\n\r\n"u8;

    /// <summary>Null while the head isn't complete. Throws <see cref="FormatException"/> with what came instead of HTTP.</summary>
    public static HttpAnswer? Read(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            if (!"HTTP/"u8.StartsWith(bytes[..Math.Min(5, bytes.Length)])) throw new FormatException(FirstLine(bytes));
            var end = bytes.IndexOf(EndOfHead);
            if (end < 0) return null;
            var answer = Head(bytes[..(end + 2)], end + EndOfHead.Length);
            // What is only a beginning ("100 Continue") is followed by the answer itself.
            if (answer.Status is < 100 or >= 200 or 101) return answer;
            var rest = Read(bytes[(end + EndOfHead.Length)..]);
            return rest is { } final ? final with { HeadBytes = final.HeadBytes + end + EndOfHead.Length } : null;
        }
    }

    /// <summary>Whether the body is complete. Where nothing says how long it is, it lasts until the connection ends.</summary>
    public bool IsWhole(ReadOnlySpan<byte> bytes)
    {
        if (Status is 204 or 304) return true;
        var body = bytes[HeadBytes..];
        return Chunked ? body.EndsWith(LastChunk) : Length is { } length && body.Length >= length;
    }

    private static HttpAnswer Head(ReadOnlySpan<byte> head, int size)
    {
        var line = head[..head.IndexOf("\r\n"u8)];
        var blank = line.IndexOf((byte)' ');
        if (blank < 0 || !Utf8Parser.TryParse(line[(blank + 1)..], out int status, out var digits) || digits != 3) throw new FormatException(FirstLine(head));
        string? location = null;
        long? length = null;
        var chunked = false;
        for (var rest = head[(line.Length + 2)..]; rest.Length > 0;)
        {
            var end = rest.IndexOf("\r\n"u8);
            var field = rest[..end];
            rest = rest[(end + 2)..];
            if (field.IndexOf((byte)':') is not (> 0 and var colon)) continue;
            var value = field[(colon + 1)..].Trim((byte)' ');
            if (Ascii.EqualsIgnoreCase(field[..colon], "Content-Length"u8)) length = Utf8Parser.TryParse(value, out long given, out _) ? given : null;
            else if (Ascii.EqualsIgnoreCase(field[..colon], "Transfer-Encoding"u8)) chunked = Ascii.EqualsIgnoreCase(value, "chunked"u8);
            else if (Ascii.EqualsIgnoreCase(field[..colon], "Location"u8)) location = Encoding.UTF8.GetString(value);
        }
        return new(status, location, size, length, chunked);
    }

    private static string FirstLine(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOfAny((byte)'\r', (byte)'\n');
        return Encoding.Latin1.GetString(end < 0 ? bytes[..Math.Min(bytes.Length, 64)] : bytes[..end]);
    }
}
