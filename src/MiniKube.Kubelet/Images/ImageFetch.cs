using System.Collections.Concurrent;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Containers;
using MiniKube.Kubelet.Pods;

namespace MiniKube.Kubelet.Images;

/// <summary>Makes sure that a container's image is here: by its pull policy, with its pod's credentials, with back-off after failures.</summary>
internal sealed class ImageFetch(IContainerEngine engine, ImagePull pull, Task preloaded, References references, TimeProvider time)
{
    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<(string PodUid, string Image), (TimeSpan Wait, DateTimeOffset Since, string Why)> failures = new();

    public async Task<(ImageInfo? Image, StartTrouble? Trouble)> Ensure(Pod pod, Container container, PodEvents events, CancellationToken cancel)
    {
        var image = container.Image!;
        var key = (pod.Metadata.Uid!, image);
        if (ImageName.Parse(image) is null)
        {
            var unreadable = $"Failed to apply default image tag \"{image}\": couldn't parse image name \"{image}\": {ImageName.FaultOf(image)}";
            events.Warning("InspectFailed", unreadable);
            events.Warning("Failed", "Error: InvalidImageName");
            return (null, new("InvalidImageName", unreadable, time.GetUtcNow() + Restarts.First));
        }
        // What lies ready in an archive need not be fetched.
        await preloaded.WaitAsync(cancel);
        var present = await engine.FindImage(image, cancel);
        if (container.ImagePullPolicy == "Never" && present is null)
        {
            var absent = $"Container image \"{image}\" is not present with pull policy of Never";
            events.Warning("ErrImageNeverPull", absent);
            events.Warning("Failed", "Error: ErrImageNeverPull");
            return (null, new("ErrImageNeverPull", absent, time.GetUtcNow() + Restarts.First));
        }
        if (present is not null && container.ImagePullPolicy != "Always")
        {
            events.Normal("Pulled", $"Container image \"{image}\" already present on machine and can be accessed by the pod");
            return (present, null);
        }
        var now = time.GetUtcNow();
        if (failures.TryGetValue(key, out var last) && last.Since + last.Wait is var until && until > now)
        {
            events.Normal("BackOff", $"Back-off pulling image \"{image}\"");
            events.Warning("Failed", "Error: ImagePullBackOff");
            return (null, new("ImagePullBackOff", $"Back-off pulling image \"{image}\": ErrImagePull: {last.Why}", until));
        }
        try
        {
            events.Normal("Pulling", $"Pulling image \"{image}\"");
            var started = time.GetTimestamp();
            await Pull(pod, image, events, cancel);
            failures.TryRemove(key, out _);
            var pulled = await engine.FindImage(image, cancel);
            var took = Status.GoText.Of(time.GetElapsedTime(started));
            events.Normal("Pulled", $"Successfully pulled image \"{image}\" in {took} ({took} including waiting). Image size: {pulled?.SizeBytes ?? 0} bytes.");
            return (pulled, null);
        }
        catch (EngineException e) when (e.Fault != EngineFault.Unreachable)
        {
            var wait = failures.TryGetValue(key, out var before) ? before.Wait * 2 > Restarts.Longest ? Restarts.Longest : before.Wait * 2 : Restarts.First;
            failures[key] = (wait, time.GetUtcNow(), e.Message);
            events.Warning("Failed", $"Failed to pull image \"{image}\": {e.Message}");
            events.Warning("Failed", "Error: ErrImagePull");
            // Looked at again soon, so that the status says that it is being held back.
            return (null, new("ErrImagePull", e.Message, time.GetUtcNow() + TimeSpan.FromSeconds(1)));
        }
    }

    public void Forget(string podUid)
    {
        foreach (var key in failures.Keys)
            if (key.PodUid == podUid) failures.TryRemove(key, out _);
    }

    /// <summary>With the first of the pod's credentials that the registry takes, as upstream tries them. What takes long says how far it is.</summary>
    private async Task Pull(Pod pod, string image, PodEvents events, CancellationToken cancel)
    {
        var started = time.GetTimestamp();
        var said = TimeSpan.Zero;
        var progress = new Progress(told =>
        {
            if (time.GetElapsedTime(started) is var now && now - said < SayEvery || told.TotalBytes == 0) return;
            said = now;
            events.Normal("Pulling", $"Pulling image \"{image}\": {told.Bytes >> 20} of {told.TotalBytes >> 20} MB");
        });
        EngineException? refused = null;
        foreach (var credentials in await Credentials(pod, image, cancel))
        {
            try
            {
                await pull.Pull(image, credentials, progress, cancel);
                return;
            }
            catch (EngineException e) when (e.Fault == EngineFault.ImagePull)
            {
                refused = e;
            }
        }
        throw refused!;
    }

    private async Task<IReadOnlyList<RegistryCredentials?>> Credentials(Pod pod, string image, CancellationToken cancel)
    {
        var found = new List<RegistryCredentials?>();
        foreach (var reference in pod.Spec?.ImagePullSecrets ?? [])
        {
            var secret = await references.Get<Secret>(pod.Metadata.Namespace!, reference.Name ?? "", pod.Metadata.Uid!, static () => { }, cancel);
            if (secret?.Data is { } data) found.AddRange(PullSecrets.For(data, image));
        }
        return found.Count > 0 ? found : [null];
    }

    private sealed class Progress(Action<PullProgress> told) : IProgress<PullProgress>
    {
        public void Report(PullProgress value) => told(value);
    }
}
