using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MiniKube.Kubelet.Logs;

/// <summary>One record of a log file. Content keeps its line break; a record without one is a piece of a long line.</summary>
internal readonly record struct LogLine(DateTimeOffset Time, string RawTime, StreamKind Stream, ReadOnlyMemory<byte> Content)
{
    /// <summary>Docker's json-file records and the CRI's "time stream tag text" records, told apart by their first byte. Null for what is neither.</summary>
    public static LogLine? Parse(ReadOnlyMemory<byte> record)
    {
        var span = record.Span;
        if (span.Length == 0) return null;
        return span[0] == (byte)'{' ? FromJson(span) : FromCri(record);
    }

    private static LogLine? FromJson(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            string text = "", time = "", stream = "";
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("log"u8)) text = Next(ref reader);
                else if (reader.ValueTextEquals("time"u8)) time = Next(ref reader);
                else if (reader.ValueTextEquals("stream"u8)) stream = Next(ref reader);
                else reader.Skip();
            }
            return new(Moment(time), time, stream == "stderr" ? StreamKind.Stderr : StreamKind.Stdout, Encoding.UTF8.GetBytes(text));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static LogLine? FromCri(ReadOnlyMemory<byte> record)
    {
        var span = record.Span;
        var first = span.IndexOf((byte)' ');
        if (first < 0 || span.Length < first + 10) return null;
        var stream = span[(first + 1)..];
        var second = stream.IndexOf((byte)' ');
        if (second < 0 || stream.Length < second + 3) return null;
        var full = stream[second + 1] == (byte)'F';
        var content = record[(first + 1 + second + 3)..];
        var time = Encoding.ASCII.GetString(span[..first]);
        return new(Moment(time), time, stream.StartsWith("stderr"u8) ? StreamKind.Stderr : StreamKind.Stdout, full ? (byte[])[.. content.Span, (byte)'\n'] : content);
    }

    private static string Next(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
    }

    private static DateTimeOffset Moment(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : default;
}
