using System.Collections.Concurrent;

namespace MiniKube.Kubelet.Images;

/// <summary>Fetches an image from its registry or from one that stands in for it. Who wants the same at the same time waits for the same.</summary>
public sealed class ImagePull(IContainerEngine engine, Func<Registries> registries, ImageBook book)
{
    private readonly ConcurrentDictionary<(string Image, RegistryCredentials? Credentials), Lazy<Running>> running = new();

    private sealed record Running(Task Work, SharedProgress Progress);

    /// <summary>The credentials are for the registry that the image names; those of stand-ins are in their own configuration.</summary>
    public async Task Pull(string reference, RegistryCredentials? credentials, IProgress<PullProgress>? progress, CancellationToken cancel)
    {
        var key = (reference, credentials);
        var pull = running.GetOrAdd(key, _ => new(() =>
        {
            var shared = new SharedProgress();
            // Nobody's impatience ends what others wait for.
            return new(Task.Run(() => FromAnywhere(reference, credentials, shared), CancellationToken.None), shared);
        })).Value;
        if (progress is not null) pull.Progress.Told += progress.Report;
        try
        {
            await pull.Work.WaitAsync(cancel);
        }
        finally
        {
            if (progress is not null) pull.Progress.Told -= progress.Report;
            if (pull.Work.IsCompleted) running.TryRemove(key, out _);
        }
    }

    private async Task FromAnywhere(string reference, RegistryCredentials? credentials, SharedProgress progress)
    {
        if (ImageName.Parse(reference) is not { } name) throw new EngineException($"couldn't parse image name \"{reference}\": {ImageName.FaultOf(reference)}", EngineFault.ImagePull);
        var known = registries();
        var sources = known.Sources(name);
        var refused = new List<(string Registry, EngineException Why)>();
        foreach (var source in sources)
        {
            try
            {
                await engine.PullImage(source.ToString(), source == name ? credentials ?? known.Credentials(name.Registry) : known.Credentials(source.Registry), progress, CancellationToken.None);
                if (source != name) await Rename(source, name);
                book.Pulled(name.ToString());
                return;
            }
            catch (EngineException e) when (e.Fault == EngineFault.ImagePull)
            {
                refused.Add((source.Registry, e));
            }
        }
        throw refused is [var (_, only)] ? only : new EngineException(string.Join("; ", refused.Select(r => $"{r.Registry}: {r.Why.Message}")), EngineFault.ImagePull);
    }

    /// <summary>What came from a stand-in goes by the name that was asked for, and by no other.</summary>
    private async Task Rename(ImageName source, ImageName name)
    {
        await engine.TagImage(source.ToString(), name.ToString(), CancellationToken.None);
        if (await engine.FindImage(source.ToString(), CancellationToken.None) is not { } image) return;
        foreach (var other in image.Digests.Where(d => d.StartsWith(source.Repository + "@", StringComparison.Ordinal)).Prepend(source.ToString()).Distinct())
        {
            try
            {
                await engine.RemoveImage(other, CancellationToken.None);
            }
            catch (EngineException)
            {
                // One name more does no harm.
            }
        }
    }

    private sealed class SharedProgress : IProgress<PullProgress>
    {
        public event Action<PullProgress>? Told;

        public void Report(PullProgress value) => Told?.Invoke(value);
    }
}
