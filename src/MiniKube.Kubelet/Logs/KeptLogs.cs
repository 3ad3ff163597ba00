using System.Runtime.CompilerServices;
using MiniKube.Kubelet.Files;

namespace MiniKube.Kubelet.Logs;

/// <summary>
/// What containers said that are gone. Before one is removed its log gets a second name here, which costs nothing; afterwards, in
/// the background, it becomes one compressed file that `zcat` can read. The oldest go when they are too old or too many.
/// </summary>
internal sealed class KeptLogs(string directory, long mostBytes, TimeSpan longest, TimeProvider time, Action<string> complain) : IDisposable
{
    private const string Packed = ".log.gz";
    private const string Owner = "owner.json";
    private const int DiskBlock = 4096;
    private static readonly TimeSpan Tidying = TimeSpan.FromHours(1);

    private readonly string coming = Path.Combine(directory, "coming");
    private readonly Wake wake = new(atOnce: true);
    private readonly SemaphoreSlim packing = new(1);
    private readonly Lock gate = new();

    private bool IsOn => mostBytes > 0 && longest > TimeSpan.Zero;

    /// <summary>Takes over the log of a container that is about to be removed. Whatever goes wrong here must not keep it.</summary>
    public void Take(ContainerInfo gone, IReadOnlyDictionary<string, string>? labels)
    {
        if (!IsOn || gone.LogPath.Length == 0) return;
        try
        {
            lock (gate) Take(gone, labels ?? new Dictionary<string, string>(), [.. LogReader.Parts(gone.LogPath).Where(p => new FileInfo(p).Length > 0)]);
            wake.Up();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            complain($"the log of {gone.Pod.Namespace}/{gone.Pod.Name}/{gone.Name} could not be kept: {e.Message}");
        }
    }

    private void Take(ContainerInfo gone, IReadOnlyDictionary<string, string> labels, string[] parts)
    {
        var place = Path.Combine(coming, gone.Id);
        if (parts.Length == 0 || File.Exists(Path.Combine(place, Owner))) return;
        Clear(place);
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateDirectory(place);
        for (var i = 0; i < parts.Length; i++)
            if (!Kernel.Link(parts[i], Path.Combine(place, $"{i}"))) File.Copy(parts[i], Path.Combine(place, $"{i}"));
        // Named last: what has no owner was not taken over whole.
        File.WriteAllText(Path.Combine(place, Owner), new KeptLog(gone.Pod, gone.Name, gone.Attempt, gone.CreatedAt, labels).Text());
    }

    public async Task Run(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await Settle(cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                complain($"kept logs: {e.Message}");
            }
            await wake.Rest(Tidying, time, cancel);
        }
    }

    /// <summary>Everything that was taken over is packed, and no more is there than there may be.</summary>
    public async Task Settle(CancellationToken cancel)
    {
        await Pack(cancel);
        Tidy();
    }

    /// <summary>The lines asked for, one container's after the other's.</summary>
    public async IAsyncEnumerable<KeptLine> Search(KeptLogQuery query, [EnumeratorCancellation] CancellationToken cancel)
    {
        await Pack(cancel);
        foreach (var file in Files().OrderBy(f => f.LastWriteTimeUtc))
        {
            if (query.Since is { } since && file.LastWriteTimeUtc < since.UtcDateTime) continue;
            await foreach (var (log, line) in KeptLog.Read(file.FullName, query.Wants, cancel))
                if (query.Finds(line)) yield return KeptLine.Of(log, line);
        }
    }

    public void Dispose()
    {
        wake.Dispose();
        packing.Dispose();
    }

    /// <summary>One at a time, whoever asks for it.</summary>
    private async Task Pack(CancellationToken cancel)
    {
        await packing.WaitAsync(cancel);
        try
        {
            foreach (var place in Directory.Exists(coming) ? Directory.GetDirectories(coming) : [])
            {
                if (Owned(place) is { } log) await Pack(log, place, cancel);
            }
        }
        finally
        {
            packing.Release();
        }
    }

    private async Task Pack(KeptLog log, string place, CancellationToken cancel)
    {
        var half = Path.Combine(directory, Path.GetFileName(place) + ".half");
        var parts = Directory.GetFiles(place).Where(f => Path.GetFileName(f) != Owner).OrderBy(f => f, StringComparer.Ordinal).ToArray();
        if (await log.Pack(parts, half, cancel) is { } last)
        {
            File.SetLastWriteTimeUtc(half, last.UtcDateTime);
            File.Move(half, Path.Combine(directory, Path.GetFileName(place) + Packed), overwrite: true);
        }
        else
        {
            File.Delete(half);
        }
        lock (gate) Clear(place);
    }

    /// <summary>What is too old goes, then the oldest until the rest is small enough.</summary>
    private void Tidy()
    {
        var left = mostBytes;
        var oldest = time.GetUtcNow() - longest;
        foreach (var file in Files().OrderByDescending(f => f.LastWriteTimeUtc))
        {
            left -= (file.Length + DiskBlock - 1) / DiskBlock * DiskBlock;
            if (left < 0 || file.LastWriteTimeUtc < oldest.UtcDateTime) file.Delete();
        }
    }

    private FileInfo[] Files() => Directory.Exists(directory) ? new DirectoryInfo(directory).GetFiles("*" + Packed) : [];

    private static KeptLog? Owned(string place)
    {
        try
        {
            return KeptLog.Parse(File.ReadAllBytes(Path.Combine(place, Owner)));
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static void Clear(string place)
    {
        if (Directory.Exists(place)) Directory.Delete(place, recursive: true);
    }
}
