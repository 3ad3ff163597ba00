using MiniKube.Kubelet;
using MiniKube.Kubelet.Images;

namespace MiniKube.Engines.Simulated;

public sealed partial class SimulatedEngine
{
    public Task<ImageInfo?> FindImage(string reference, CancellationToken cancel = default) => Task.FromResult(Find(reference)?.Info);

    /// <summary>Every registry has everything, except where there can be none: on this machine, and under names that never exist.</summary>
    public Task PullImage(string reference, RegistryCredentials? credentials, IProgress<PullProgress>? progress = null, CancellationToken cancel = default)
    {
        if (ImageName.Parse(reference) is not { } name) throw new EngineException($"invalid reference format: {reference}", EngineFault.ImagePull);
        var host = name.Registry.Split(':')[0];
        if (host is "localhost" or "127.0.0.1" || host.EndsWith(".invalid", StringComparison.Ordinal)) throw new EngineException($"{name}: not found: no registry is simulated at {name.Registry}", EngineFault.ImagePull);
        Add(SimulatedImage.Pretended(name.ToString()));
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<ImageInfo>> Images(CancellationToken cancel = default) => Task.FromResult<IReadOnlyList<ImageInfo>>([.. machine.Images.Values.Select(i => i.Info)]);

    public Task RemoveImage(string id, CancellationToken cancel = default)
    {
        var image = Find(id) ?? throw new EngineException($"No such image: {id}", EngineFault.NotFound);
        var name = ImageName.Parse(id)?.ToString();
        if (name is not null && image.Tags.Count > 1) machine.Images[image.Id] = image with { Tags = image.Tags.Remove(name) };
        else machine.Images.TryRemove(image.Id, out _);
        return Task.CompletedTask;
    }

    public Task TagImage(string reference, string tag, CancellationToken cancel = default)
    {
        var image = Find(reference) ?? throw new EngineException($"No such image: {reference}", EngineFault.NotFound);
        Add(image with { Tags = [Full(tag)] });
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<string>> ImageLayers(string reference, string sandboxId, CancellationToken cancel = default) =>
        Task.FromException<IReadOnlyList<string>>(new EngineException("simulated images have no layers to mount"));

    public async Task<IReadOnlyList<string>> LoadImages(Stream tar, CancellationToken cancel = default)
    {
        var read = await SimulatedImage.Read(tar, cancel);
        foreach (var image in read) Add(image with { Tags = [.. image.Tags.Select(Full)] });
        return [.. read.SelectMany(i => i.Tags)];
    }

    public Task<IReadOnlySet<string>> ImagesInUse(CancellationToken cancel = default) =>
        Task.FromResult<IReadOnlySet<string>>(machine.Containers.Values.SelectMany(c => (string[])[c.Info.ImageId, c.Info.Image]).ToHashSet());

    private SimulatedImage? Find(string reference) => machine.Images.GetValueOrDefault(reference) ?? machine.Images.Values.FirstOrDefault(i => i.Tags.Contains(Full(reference)));

    private static string Full(string name) => ImageName.Parse(name)?.ToString() ?? name;

    /// <summary>A name stands for one image only: the one that came last.</summary>
    private void Add(SimulatedImage image)
    {
        foreach (var other in machine.Images.Values.Where(i => i.Id != image.Id && i.Tags.Any(image.Tags.Contains))) machine.Images[other.Id] = other with { Tags = other.Tags.RemoveAll(image.Tags.Contains) };
        machine.Images.AddOrUpdate(image.Id, image, (_, known) => known with { Tags = [.. known.Tags.Union(image.Tags)] });
    }
}
