using System.Globalization;
using System.Text;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Simulated;

/// <summary>A container's log file, line by line in the CRI's form.</summary>
internal sealed class SimulatedLog(string path, TimeProvider time)
{
    private const int LongestLine = 16 * 1024;

    private readonly Lock gate = new();
    private readonly Dictionary<StreamKind, MemoryStream> open = new() { [StreamKind.Stdout] = new(), [StreamKind.Stderr] = new() };

    public string Path => path;

    public void Create()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, []);
    }

    public void Write(StreamKind kind, ReadOnlyMemory<byte> data)
    {
        lock (gate)
        {
            using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            var line = open[kind];
            foreach (var b in data.Span)
            {
                if (b != '\n') line.WriteByte(b);
                if (b != '\n' && line.Length < LongestLine) continue;
                Record(file, kind, line, b == '\n' ? 'F' : 'P');
            }
        }
    }

    /// <summary>What has no line break yet will get none.</summary>
    public void End()
    {
        lock (gate)
        {
            if (open.Values.All(l => l.Length == 0)) return;
            using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            foreach (var (kind, line) in open)
                if (line.Length > 0) Record(file, kind, line, 'P');
        }
    }

    private void Record(FileStream file, StreamKind kind, MemoryStream line, char tag)
    {
        file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow().UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fffffff}00Z {(kind == StreamKind.Stdout ? "stdout" : "stderr")} {tag} ")));
        line.WriteTo(file);
        file.WriteByte((byte)'\n');
        line.SetLength(0);
    }
}
