using System.Runtime.CompilerServices;
using System.Text;

namespace MiniKube.Kubelet.Logs;

/// <summary>Reads a container's log file, rotated parts included, and follows it while the container runs.</summary>
internal static class LogReader
{
    private const int Block = 64 * 1024;
    private const int MostWaits = 20;

    /// <summary>Pieces of output as they are to be sent; <paramref name="ended"/> says that nothing more will be written.</summary>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> Read(string path, LogOptions options, Func<bool> ended, TimeProvider time,
        [EnumeratorCancellation] CancellationToken cancel)
    {
        var left = options.LimitBytes ?? long.MaxValue;
        var atLineStart = true;
        await foreach (var line in Lines(path, options, ended, time, cancel))
        {
            if (options.Since is { } since && line.Time < since) continue;
            if (options.Stream is "Stdout" && line.Stream != StreamKind.Stdout || options.Stream is "Stderr" && line.Stream != StreamKind.Stderr) continue;
            var content = options.Timestamps && atLineStart ? (byte[])[.. Encoding.ASCII.GetBytes(line.RawTime), (byte)' ', .. line.Content.Span] : line.Content;
            atLineStart = content.Length > 0 && content.Span[^1] == (byte)'\n';
            if (content.Length > left) content = content[..(int)left];
            left -= content.Length;
            yield return content;
            if (left <= 0) yield break;
        }
    }

    private static async IAsyncEnumerable<LogLine> Lines(string path, LogOptions options, Func<bool> ended, TimeProvider time, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var parts = new LogParts(path, newestOnly: options.TailLines is not null);
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var keeping = options.Follow ? parts.Keep(time, life.Token) : Task.CompletedTask;
        var current = parts.Next();
        var waits = 0;
        try
        {
            if (current is not null && options.TailLines is { } lines) SeekTail(current, lines);
            while (true)
            {
                // Asked before reading: what was written before the end is read for certain.
                var over = !options.Follow || ended();
                if (current is not null) await foreach (var line in Records(current, cancel)) yield return line;
                if (parts.Next() is { } next)
                {
                    // What has a successor isn't written to any more.
                    if (current is not null) await foreach (var line in Records(current, cancel)) yield return line;
                    current?.Dispose();
                    (current, waits) = (next, 0);
                    continue;
                }
                // Between two names the successor isn't there for a moment.
                if (over && (current is null || LogParts.PartOf(path, current) is 0 or null || waits++ == MostWaits)) yield break;
                await Task.Delay(LogParts.Pause, time, cancel);
            }
        }
        finally
        {
            await life.CancelAsync();
            await keeping;
            current?.Dispose();
        }
    }

    /// <summary>The files of a log that are there, the oldest first.</summary>
    public static IReadOnlyList<string> Parts(string path) => [.. Rotated(path), .. File.Exists(path) ? [path] : Array.Empty<string>()];

    public static async IAsyncEnumerable<LogLine> Records(string file, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var stream = Open(file);
        if (stream is null) yield break;
        await foreach (var line in Records(stream, cancel)) yield return line;
    }

    private static async IAsyncEnumerable<LogLine> Records(Stream stream, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (var record in Whole(stream, cancel))
            if (LogLine.Parse(record) is { } line) yield return line;
    }

    /// <summary>Whole records from where the stream stands; a file is left before the first one that isn't whole yet.</summary>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> Whole(Stream stream, [EnumeratorCancellation] CancellationToken cancel)
    {
        var buffer = new byte[Block];
        var filled = 0;
        var from = stream.CanSeek ? stream.Position : 0;
        while (true)
        {
            if (filled == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
            var read = await stream.ReadAsync(buffer.AsMemory(filled), cancel);
            if (read == 0) break;
            filled += read;
            var start = 0;
            while (buffer.AsSpan(start, filled - start).IndexOf((byte)'\n') is >= 0 and var length)
            {
                yield return buffer.AsMemory(start, length);
                start += length + 1;
            }
            from += start;
            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
        }
        if (stream.CanSeek) stream.Position = from;
    }

    /// <summary>Puts the stream before the last n records, looking back block by block.</summary>
    private static void SeekTail(FileStream stream, long lines)
    {
        var position = stream.Length;
        if (lines <= 0)
        {
            stream.Position = position;
            return;
        }
        var buffer = new byte[Block];
        var wanted = lines + 1;
        while (position > 0)
        {
            var size = (int)Math.Min(Block, position);
            position -= size;
            stream.Position = position;
            stream.ReadExactly(buffer, 0, size);
            for (var i = size - 1; i >= 0; i--)
            {
                if (buffer[i] != (byte)'\n' || --wanted > 0) continue;
                stream.Position = position + i + 1;
                return;
            }
        }
        stream.Position = 0;
    }

    private static IEnumerable<string> Rotated(string path)
    {
        for (var i = 9; i >= 1; i--)
            if (File.Exists($"{path}.{i}")) yield return $"{path}.{i}";
    }

    public static FileStream? Open(string path)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions { Share = FileShare.ReadWrite | FileShare.Delete, Access = FileAccess.Read, BufferSize = 0 });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
