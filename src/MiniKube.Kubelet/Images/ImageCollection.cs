namespace MiniKube.Kubelet.Images;

/// <summary>When the disk with the images is used beyond the first share, images go until it is used below the second.</summary>
public sealed record ImageThresholds(int HighPercent = 85, int LowPercent = 80)
{
    public static readonly TimeSpan LeastAge = TimeSpan.FromMinutes(2);
}

/// <summary>One image as the collection sees it.</summary>
public sealed record ImageSeen(ImageInfo Image, bool InUse, bool MayGo, DateTimeOffset FirstSeen, DateTimeOffset LastUsed);

/// <summary>
/// Removes images that this node pulled and nobody uses, the longest unused first, when space is short. What was preloaded, what a
/// container uses and what others brought into a shared engine is never touched.
/// </summary>
public sealed class ImageCollection(IContainerEngine engine, ImageBook book, ImageThresholds thresholds, Func<CancellationToken, Task<(long Used, long Size)>> disk, TimeProvider time, Action<string> say) : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, (DateTimeOffset FirstSeen, DateTimeOffset LastUsed)> memory = [];
    private readonly SemaphoreSlim turn = new(1, 1);

    public void Dispose() => turn.Dispose();

    public async Task Run(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await Look(cancel);
            }
            catch (Exception e) when (e is EngineException or IOException)
            {
                // The heartbeat says it; the next look finds what this one missed.
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            await Task.Delay(LookEvery, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>What else is in use: the engine knows only of what containers are made of.</summary>
    public Func<IEnumerable<string>> AlsoUsed { get; init; } = static () => [];

    internal Task Look(CancellationToken cancel) => Clear(async seen =>
    {
        var (used, size) = await disk(cancel);
        return ToRemove(seen, used, size, thresholds, time.GetUtcNow());
    }, cancel);

    /// <summary>The node is short of disk now: whatever may go goes, however young it is. Says how many went.</summary>
    public Task<int> RemoveUnused(CancellationToken cancel) => Clear(seen => Task.FromResult(Unused(seen)), cancel);

    /// <summary>What nobody uses and this node may remove, the longest unused first.</summary>
    public static IReadOnlyList<ImageInfo> Unused(IEnumerable<ImageSeen> seen) =>
        [.. seen.Where(i => i is { InUse: false, MayGo: true }).OrderBy(i => i.LastUsed).ThenBy(i => i.FirstSeen).Select(i => i.Image)];

    private async Task<int> Clear(Func<IReadOnlyList<ImageSeen>, Task<IReadOnlyList<ImageInfo>>> choose, CancellationToken cancel)
    {
        await turn.WaitAsync(cancel);
        try
        {
            var now = time.GetUtcNow();
            var images = await engine.Images(cancel);
            var used = AlsoUsed().Select(Full).Concat(await engine.ImagesInUse(cancel)).ToHashSet();
            var seen = images.Select(i => See(i, used, now)).ToArray();
            foreach (var gone in memory.Keys.Except(images.Select(i => i.Id)).ToArray()) memory.Remove(gone);
            var removed = 0;
            foreach (var image in await choose(seen))
                if (await Remove(image, cancel)) removed++;
            return removed;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>The images to remove, in this order.</summary>
    public static IReadOnlyList<ImageInfo> ToRemove(IEnumerable<ImageSeen> seen, long used, long size, ImageThresholds thresholds, DateTimeOffset now)
    {
        if (size <= 0 || used * 100 < size * thresholds.HighPercent) return [];
        var wanted = used - size * thresholds.LowPercent / 100;
        var chosen = new List<ImageInfo>();
        foreach (var image in seen.Where(i => i is { InUse: false, MayGo: true } && now - i.FirstSeen >= ImageThresholds.LeastAge).OrderBy(i => i.LastUsed).ThenBy(i => i.FirstSeen))
        {
            if (wanted <= 0) break;
            chosen.Add(image.Image);
            wanted -= image.Image.SizeBytes;
        }
        return chosen;
    }

    private ImageSeen See(ImageInfo image, IReadOnlySet<string> used, DateTimeOffset now)
    {
        var inUse = used.Contains(image.Id) || image.Tags.Any(used.Contains) || image.Digests.Any(used.Contains);
        var (first, last) = memory.GetValueOrDefault(image.Id, (now, default));
        if (inUse) last = now;
        memory[image.Id] = (first, last);
        var names = image.Tags.Concat(image.Digests).Select(Full).ToArray();
        // Every name must be one that this node gave it; digests come with the tags.
        var mayGo = names.Any(book.MayGo) && !names.Any(book.MustStay) && image.Tags.Select(Full).All(book.MayGo);
        return new(image, inUse, mayGo, first, last);
    }

    private async Task<bool> Remove(ImageInfo image, CancellationToken cancel)
    {
        try
        {
            await engine.RemoveImage(image.Id, cancel);
            foreach (var name in image.Tags.Concat(image.Digests).Select(Full)) book.Gone(name);
            say($"image {image.Tags.FirstOrDefault() ?? image.Id} was removed to free {image.SizeBytes >> 20} MB");
            return true;
        }
        catch (EngineException e) when (e.Fault != EngineFault.Unreachable)
        {
            // Somebody has begun to use it.
            return false;
        }
    }

    private static string Full(string name) => ImageName.Parse(name)?.ToString() ?? name;
}
