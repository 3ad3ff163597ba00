using System.Collections.Concurrent;
using System.Text;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Containers;
using MiniKube.Kubelet.Pods;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Images;

/// <summary>Makes sure that a container's image is here: by its pull policy, with its pod's credentials, with back-off after failures.</summary>
internal sealed class ImageFetch(IContainerEngine engine, References references, TimeProvider time)
{
    private readonly ConcurrentDictionary<(string PodUid, string Image), (TimeSpan Wait, DateTimeOffset Since)> failures = new();

    public async Task<(ImageInfo? Image, StartTrouble? Trouble)> Ensure(Pod pod, Container container, PodEvents events, CancellationToken cancel)
    {
        var image = container.Image!;
        var key = (pod.Metadata.Uid!, image);
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
            events.Normal("Pulled", $"Container image \"{image}\" already present on machine");
            return (present, null);
        }
        var now = time.GetUtcNow();
        if (failures.TryGetValue(key, out var last) && last.Since + last.Wait is var until && until > now)
        {
            events.Normal("BackOff", $"Back-off pulling image \"{image}\"");
            events.Warning("Failed", "Error: ImagePullBackOff");
            return (null, new("ImagePullBackOff", $"Back-off pulling image \"{image}\"", until));
        }
        try
        {
            events.Normal("Pulling", $"Pulling image \"{image}\"");
            var started = time.GetTimestamp();
            await engine.PullImage(image, await Credentials(pod, image, cancel), cancel);
            failures.TryRemove(key, out _);
            var pulled = await engine.FindImage(image, cancel);
            var took = $"{time.GetElapsedTime(started).TotalSeconds:0.###}s";
            events.Normal("Pulled", $"Successfully pulled image \"{image}\" in {took} ({took} including waiting). Image size: {pulled?.SizeBytes ?? 0} bytes.");
            return (pulled, null);
        }
        catch (EngineException e) when (e.Fault != EngineFault.Unreachable)
        {
            var wait = failures.TryGetValue(key, out var before) ? before.Wait * 2 > Restarts.Longest ? Restarts.Longest : before.Wait * 2 : Restarts.First;
            failures[key] = (wait, time.GetUtcNow());
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

    private async Task<RegistryCredentials?> Credentials(Pod pod, string image, CancellationToken cancel)
    {
        var server = Registry(image);
        foreach (var reference in pod.Spec?.ImagePullSecrets ?? [])
        {
            var secret = await references.Get<Secret>(pod.Metadata.Namespace!, reference.Name ?? "", pod.Metadata.Uid!, static () => { }, cancel);
            if (secret?.Data is not { } data) continue;
            if ((data.GetValueOrDefault(".dockerconfigjson") ?? data.GetValueOrDefault(".dockercfg")) is not { } encoded) continue;
            var root = JsonReader.ReadMap(encoded);
            foreach (var (host, entry) in root.Map("auths") ?? root)
            {
                if (Host(host) != server || entry is not JsonMap login) continue;
                var (user, password) = (login.Text("username"), login.Text("password"));
                if (user is null && login.Text("auth") is { } auth && Encoding.UTF8.GetString(Convert.FromBase64String(auth)).Split(':', 2) is [var u, var p]) (user, password) = (u, p);
                return new(host, user ?? "", password ?? "") { IdentityToken = login.Text("identitytoken") };
            }
        }
        return null;
    }

    private static string Host(string url)
    {
        var text = url.Contains("://", StringComparison.Ordinal) ? url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..] : url;
        return text.Split('/')[0] is "index.docker.io" or "registry-1.docker.io" ? "docker.io" : text.Split('/')[0];
    }

    /// <summary>The host part of an image's name; names without one mean Docker's own registry.</summary>
    public static string Registry(string image)
    {
        var first = image.Split('/')[0];
        return image.Contains('/') && (first.Contains('.') || first.Contains(':') || first == "localhost") ? first : "docker.io";
    }
}
