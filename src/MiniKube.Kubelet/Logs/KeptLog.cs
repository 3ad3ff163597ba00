using System.Globalization;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Logs;

/// <summary>Whose log it is: the first line of its file, as JSON.</summary>
internal sealed record KeptLog(PodIdentity Pod, string Container, int Attempt, DateTimeOffset From, IReadOnlyDictionary<string, string> Labels)
{
    public string Text()
    {
        var labels = new JsonMap();
        foreach (var (name, value) in Labels) labels.Set(name, value);
        return JsonWriter.ToText(new JsonMap
        {
            { "namespace", Pod.Namespace }, { "pod", Pod.Name }, { "uid", Pod.Uid }, { "container", Container }, { "attempt", Attempt },
            { "from", From.ToString("O", CultureInfo.InvariantCulture) }, { "labels", labels },
        });
    }

    /// <summary>Null for what isn't the first line of a kept log.</summary>
    public static KeptLog? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            if (JsonReader.Read(line) is not JsonMap map || map.Text("namespace") is not { } ns || map.Text("pod") is not { } pod || map.Text("container") is not { } container) return null;
            var from = DateTimeOffset.TryParse(map.Text("from"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : default;
            return new(new(map.Text("uid") ?? "", ns, pod), container, (int)(map.Whole("attempt") ?? 0), from, (map.Map("labels") ?? []).ToDictionary(l => l.Key, l => (l.Value as JsonText)?.Value ?? ""));
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    /// <summary>One file out of a log's parts, all in the words of the CRI whoever wrote them; when the last line was written, or null if there was none.</summary>
    public async Task<DateTimeOffset?> Pack(IReadOnlyList<string> parts, string file, CancellationToken cancel)
    {
        DateTimeOffset? last = null;
        var made = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        await using var packed = new BufferedStream(new GZipStream(new FileStream(file, made), CompressionLevel.Fastest), 64 * 1024);
        await packed.WriteAsync(Encoding.UTF8.GetBytes(Text() + "\n"), cancel);
        foreach (var part in parts)
        {
            await foreach (var line in LogReader.Records(part, cancel))
            {
                var whole = line.Content.Length > 0 && line.Content.Span[^1] == (byte)'\n';
                await packed.WriteAsync(Encoding.ASCII.GetBytes($"{line.RawTime} {(line.Stream == StreamKind.Stderr ? "stderr" : "stdout")} {(whole ? 'F' : 'P')} "), cancel);
                await packed.WriteAsync(line.Content, cancel);
                if (!whole) await packed.WriteAsync("\n"u8.ToArray(), cancel);
                last = line.Time;
            }
        }
        return last;
    }

    /// <summary>Lines as they were written, pieces of long ones put together.</summary>
    public static async IAsyncEnumerable<(KeptLog Log, LogLine Line)> Read(string file, Func<KeptLog, bool> wanted, [EnumeratorCancellation] CancellationToken cancel)
    {
        const int longest = 1 << 20;
        using var stream = LogReader.Open(file);
        if (stream is null) yield break;
        await using var unpacked = new GZipStream(stream, CompressionMode.Decompress);
        KeptLog? log = null;
        var pieces = new MemoryStream();
        await foreach (var record in LogReader.Whole(unpacked, cancel))
        {
            if (log is null)
            {
                log = Parse(record.Span);
                if (log is null || !wanted(log)) yield break;
                continue;
            }
            if (LogLine.Parse(record) is not { } line) continue;
            var whole = line.Content.Span is [.., (byte)'\n'];
            if (whole && pieces.Length == 0)
            {
                yield return (log, line);
                continue;
            }
            pieces.Write(line.Content.Span);
            if (!whole && pieces.Length < longest) continue;
            yield return (log, line with { Content = pieces.ToArray() });
            pieces.SetLength(0);
        }
        if (log is not null && pieces.Length > 0) yield return (log, new(default, "", StreamKind.Stdout, pieces.ToArray()));
    }
}
