using System.Security.Cryptography;
using MiniKube.Engines.Pause;
using MiniKube.Kubelet;
using MiniKube.Kubelet.Images;

namespace MiniKube.Engines.Containerd;

public sealed partial class ContainerdEngine
{
    private static readonly TimeSpan LookAtPull = TimeSpan.FromMilliseconds(500);

    public async Task<ImageInfo?> FindImage(string reference, CancellationToken cancel = default)
    {
        var answer = await grpc.Call(ImageService + "ImageStatus", new() { { 1, Named(reference) } }, cancel);
        return answer.Has(1) ? CriStates.Image(answer.Message(1)) : null;
    }

    public async Task PullImage(string reference, RegistryCredentials? credentials, IProgress<PullProgress>? progress = null, CancellationToken cancel = default)
    {
        var request = new Proto { { 1, Named(reference) } };
        if (credentials is not null) request.Add(2, CriBodies.Credentials(credentials));
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var telling = progress is null ? Task.CompletedTask : Tell(progress, life.Token);
        try
        {
            await grpc.Call(ImageService + "PullImage", request, cancel);
        }
        catch (EngineException e) when (e.Fault is EngineFault.Other or EngineFault.NotFound)
        {
            throw new EngineException(e.Message, EngineFault.ImagePull, e);
        }
        finally
        {
            await life.CancelAsync();
            await telling;
        }
    }

    /// <summary>The CRI says nothing until a pull is over; the content store knows what is on its way. Two pulls at once are told as one.</summary>
    private async Task Tell(IProgress<PullProgress> progress, CancellationToken cancel)
    {
        var seen = new Dictionary<string, (long Bytes, long Total)>();
        try
        {
            while (true)
            {
                await Task.Delay(LookAtPull, options.Time, cancel);
                var answer = await grpc.Call("/containerd.services.content.v1.Content/ListStatuses", [], cancel);
                var active = answer.Messages(1).Where(s => s.Text(3).StartsWith("layer-", StringComparison.Ordinal)).ToDictionary(s => s.Text(3), s => (s.Whole(4), s.Whole(5)));
                // What is no longer under way has arrived.
                foreach (var done in seen.Keys.Except(active.Keys).ToArray()) seen[done] = (seen[done].Total, seen[done].Total);
                foreach (var (layer, state) in active) seen[layer] = state;
                if (seen.Count > 0) progress.Report(new(seen.Values.Sum(s => s.Bytes), seen.Values.Sum(s => s.Total)));
            }
        }
        catch (Exception e) when (e is EngineException or OperationCanceledException)
        {
            // The pull itself says what is wrong.
        }
    }

    public async Task<IReadOnlyList<ImageInfo>> Images(CancellationToken cancel = default) =>
        [.. (await grpc.Call(ImageService + "ListImages", [], cancel)).Messages(1).Select(CriStates.Image)];

    /// <summary>A name goes by itself while the image has others; to the CRI every name means all of them.</summary>
    public async Task RemoveImage(string id, CancellationToken cancel = default)
    {
        var image = await FindImage(id, cancel) ?? throw new EngineException($"No such image: {id}", EngineFault.NotFound);
        var name = ImageName.Parse(id)?.ToString();
        if (name is not null && image.Tags.Count + image.Digests.Count > 1 && (image.Tags.Contains(name) || image.Digests.Contains(name)))
        {
            await grpc.Call(OwnImages + "Delete", new() { { 1, name }, { 2, true } }, cancel);
            await Until(async () => await FindImage(name, cancel) is null, "the change of an image", cancel);
            return;
        }
        await grpc.Call(ImageService + "RemoveImage", new() { { 1, Named(id) } }, cancel);
    }

    public async Task TagImage(string reference, string tag, CancellationToken cancel = default)
    {
        var (from, to) = (ImageName.Parse(reference)?.ToString() ?? reference, ImageName.Parse(tag)?.ToString() ?? tag);
        await Register(to, await Target(from, cancel) ?? throw new EngineException($"No such image: {reference}", EngineFault.NotFound), cancel);
    }

    public async Task<IReadOnlyList<string>> ImageLayers(string reference, string sandboxId, CancellationToken cancel = default)
    {
        var told = CriStates.Details(await grpc.Call(ImageService + "ImageStatus", new() { { 1, Named(reference) }, { 2, true } }, cancel));
        var chain = told.Text("chainID") is { Length: > 0 } id ? id : throw new EngineException($"containerd doesn't say what image {reference} is made of");
        var snapshotter = (await Configuration(cancel)).Map("containerd")?.Text("snapshotter") ?? "overlayfs";
        try
        {
            return await Layers(snapshotter, chain, cancel);
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound)
        {
            // Images are unpacked when the first container is made of them.
            var made = await Call("CreateContainer", new()
            {
                { 1, sandboxId }, { 2, new Proto { { 1, new Proto { { 1, $"minik-unpack-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}" } } }, { 2, Named(reference) }, { 3, (string[])["-"] } } }, { 3, new Proto { { 1, new Proto() } } },
            }, cancel);
            await Gently(Call("RemoveContainer", new() { { 1, made.Text(1) } }, cancel));
            return await Layers(snapshotter, chain, cancel);
        }
    }

    /// <summary>A view tells what would be mounted; the directories stay for as long as the image does.</summary>
    private async Task<IReadOnlyList<string>> Layers(string snapshotter, string chain, CancellationToken cancel)
    {
        const string lower = "lowerdir=";
        var key = $"minik-view-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
        var mount = (await grpc.Call(Snapshots + "View", new() { { 1, snapshotter }, { 2, key }, { 3, chain } }, cancel)).Messages(1).First();
        try
        {
            return mount.Text(1) == "overlay" ? mount.Texts(4).First(o => o.StartsWith(lower, StringComparison.Ordinal))[lower.Length..].Split(':') : [mount.Text(2)];
        }
        finally
        {
            await Gently(grpc.Call(Snapshots + "Remove", new() { { 1, snapshotter }, { 2, key } }, CancellationToken.None));
        }
    }

    public async Task<IReadOnlySet<string>> ImagesInUse(CancellationToken cancel = default) =>
        (await Call("ListContainers", [], cancel)).Messages(1).SelectMany(c => new[] { c.Message(4).Text(1), c.Text(5) }).Append(PauseImage.Name).ToHashSet();

    public async Task<string?> ImageRoot(CancellationToken cancel = default) => (await Configuration(cancel)).Text("containerdRootDir");

    public async Task<IReadOnlyList<string>> LoadImages(Stream tar, CancellationToken cancel = default)
    {
        var names = new List<string>();
        // What is being taken in belongs to nobody yet: a lease keeps the engine from clearing it away.
        var lease = $"minik-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
        await grpc.Call("/containerd.services.leases.v1.Leases/Create", new() { { 1, lease } }, cancel);
        try
        {
            var import = new ImageImport(new ContentStore(grpc, lease));
            foreach (var (name, target) in await import.Read(tar, cancel))
            {
                names.Add(ImageName.Parse(name)?.ToString() ?? name);
                await Register(names[^1], target.Bytes, cancel);
            }
            return names;
        }
        finally
        {
            await Gently(grpc.Call("/containerd.services.leases.v1.Leases/Delete", new() { { 1, lease } }, CancellationToken.None));
        }
    }

    /// <summary>Gives a name to what is in the content store, and waits until the CRI has heard of it.</summary>
    private async Task Register(string name, ReadOnlyMemory<byte> target, CancellationToken cancel)
    {
        var image = new Proto { { 1, name }, { 3, target } };
        await naming.WaitAsync(cancel);
        try
        {
            var before = await Target(name, cancel);
            if (before is not null && !before.Value.Span.SequenceEqual(target.Span))
            {
                // Made anew rather than changed, so that it can be seen when the CRI knows the new one.
                await Gently(grpc.Call(OwnImages + "Delete", new() { { 1, name } }, cancel));
                await Until(async () => await FindImage(name, cancel) is null, "the change of an image", cancel);
                before = null;
            }
            if (before is null) await grpc.Call(OwnImages + "Create", new() { { 1, image } }, cancel);
            await Until(async () => await FindImage(name, cancel) is not null, "the change of an image", cancel);
        }
        finally
        {
            naming.Release();
        }
    }

    /// <summary>What a name stands for: type, digest and size as one.</summary>
    private async Task<ReadOnlyMemory<byte>?> Target(string name, CancellationToken cancel)
    {
        try
        {
            var target = (await grpc.Call(OwnImages + "Get", new() { { 1, name } }, cancel)).Message(1).Message(3);
            return new Proto { { 1, target.Text(1) }, { 2, target.Text(2) }, { 3, target.Whole(3) } }.Bytes;
        }
        catch (EngineException e) when (e.Fault == EngineFault.NotFound)
        {
            return null;
        }
    }

    private static Proto Named(string reference) => new() { { 1, reference } };
}
