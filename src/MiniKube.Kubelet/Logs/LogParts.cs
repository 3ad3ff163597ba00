using System.Globalization;

namespace MiniKube.Kubelet.Logs;

/// <summary>
/// The files of a log for one reader, in their order. Each is opened as soon as it is there and held until the reader comes to it: what is rotated away
/// meanwhile, once or many times, is read all the same.
/// </summary>
internal sealed class LogParts : IDisposable
{
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    // A reader that stands still must not fill the disk with what is deleted already.
    private const long MostHeldBytes = 1L << 30;

    private readonly string path;
    private readonly Lock turn = new();
    private readonly Queue<FileStream> waiting = [];
    private FileStream? newest;

    public LogParts(string path, bool newestOnly)
    {
        this.path = path;
        if (newestOnly && LogReader.Open(path) is { } file) Add(file);
        else Look();
    }

    /// <summary>The part to read next, from now on the caller's; null while there is none.</summary>
    public FileStream? Next()
    {
        lock (turn)
        {
            Look();
            return waiting.TryDequeue(out var next) ? next : null;
        }
    }

    /// <summary>Goes on looking for new parts while the reader has no time for it.</summary>
    public async Task Keep(TimeProvider time, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            await Task.Delay(Pause, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            lock (turn) Look();
        }
    }

    public void Dispose()
    {
        foreach (var file in waiting) file.Dispose();
    }

    /// <summary>Which part of the log an open file is by now: 0 the newest; null when it is gone.</summary>
    public static int? PartOf(string path, FileStream file)
    {
        try
        {
            var (name, whole) = (Path.GetFileName(new FileInfo($"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}").LinkTarget ?? ""), Path.GetFileName(path));
            if (name == whole) return 0;
            return name.StartsWith($"{whole}.", StringComparison.Ordinal) && int.TryParse(name.AsSpan(whole.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var part) ? part : null;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private void Look()
    {
        while (waiting.Sum(f => f.Length) < MostHeldBytes && Successor() is { } next) Add(next);
    }

    private void Add(FileStream file)
    {
        waiting.Enqueue(file);
        newest = file;
    }

    /// <summary>
    /// The part that follows the newest one known, however far that has been rotated since; null when there is none yet. Parts get their new names from the
    /// oldest to the newest: who has kept his name still had his neighbour where it was opened.
    /// </summary>
    private FileStream? Successor()
    {
        if (newest is null || PartOf(path, newest) is not { } part) return LogReader.Parts(path).Select(LogReader.Open).FirstOrDefault(file => file is not null);
        if (part == 0) return newest.Position > newest.Length ? LogReader.Open(path) : null;
        var next = LogReader.Open(part == 1 ? path : $"{path}.{part - 1}");
        if (next is null || PartOf(path, newest) == part && PartOf(path, next) == part - 1) return next;
        next.Dispose();
        return null;
    }
}
