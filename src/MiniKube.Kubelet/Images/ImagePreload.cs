using System.Globalization;

namespace MiniKube.Kubelet.Images;

/// <summary>Takes in the images of a directory of archives: at the start what isn't here yet, later what is put there.</summary>
public sealed class ImagePreload(IContainerEngine engine, string directory, ImageBook book, TimeProvider time, Action<string> say)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);
    private static readonly string[] Endings = [".tar", ".tar.gz", ".tgz"];

    // A file that is still being written has another size at the next look.
    private readonly Dictionary<string, string> marks = [];
    private readonly HashSet<string> failed = [];

    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done when what lay there at the start has been taken in.</summary>
    public Task Ready => ready.Task;

    public async Task Run(CancellationToken cancel)
    {
        var first = true;
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await Look(first, cancel);
                first = false;
                ready.TrySetResult();
            }
            catch (Exception e) when (e is EngineException { Fault: EngineFault.Unreachable } or IOException or UnauthorizedAccessException)
            {
                // The engine isn't there yet, or somebody moves files about: once more.
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            await Task.Delay(LookEvery, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>At the first look files are taken to be whole.</summary>
    internal async Task Look(bool first, CancellationToken cancel)
    {
        var files = Directory.Exists(directory) ? Directory.GetFiles(directory).Where(f => Endings.Any(e => f.EndsWith(e, StringComparison.Ordinal))).Order(StringComparer.Ordinal).ToArray() : [];
        foreach (var gone in book.Files.Except(files.Select(Path.GetFileName)).ToArray()) book.Unloaded(gone!);
        foreach (var file in files)
        {
            var info = new FileInfo(file);
            var mark = string.Create(CultureInfo.InvariantCulture, $"{info.Length}-{info.LastWriteTimeUtc.Ticks}");
            var settled = first || marks.GetValueOrDefault(file) == mark;
            marks[file] = mark;
            if (!settled || failed.Contains(file + mark)) continue;
            var name = Path.GetFileName(file);
            if (book.Of(name, mark) is { } names && (!first || await AllHere(names, cancel))) continue;
            await Load(file, name, mark, cancel);
        }
    }

    private async Task Load(string file, string name, string mark, CancellationToken cancel)
    {
        try
        {
            await using var archive = File.OpenRead(file);
            var names = await engine.LoadImages(archive, cancel);
            book.Loaded(name, mark, names);
            say($"images of {name}: {string.Join(", ", names)}");
        }
        catch (EngineException e) when (e.Fault != EngineFault.Unreachable)
        {
            failed.Add(file + mark);
            say($"images of {name} could not be loaded: {e.Message}");
        }
    }

    private async Task<bool> AllHere(IReadOnlyList<string> names, CancellationToken cancel)
    {
        foreach (var name in names)
            if (await engine.FindImage(name, cancel) is null) return false;
        return true;
    }
}
