using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Files;
using MiniKube.Kubelet.Images;
using MiniKube.Kubelet.Pods;

namespace MiniKube.Kubelet.Volumes;

/// <summary>
/// Volumes that are the content of an image. Fetched as a container's own image is, by the same rules and with the same words; then the
/// engine says in which directories the image lies, and they are mounted as one: for a pod with users of its own, each of them as those users' first.
/// </summary>
internal sealed class ImageVolumes(NodeOptions node, IContainerEngine engine, ImageFetch images, TimeProvider time)
{
    /// <summary>The images that pods have for volumes: no container shows that they are in use.</summary>
    public static IEnumerable<string> InUse(IEnumerable<Pod> pods) => pods.SelectMany(p => p.Spec?.Volumes ?? []).Select(v => v.Image?.Reference).OfType<string>();

    /// <summary>Mounts those that a container wants, or says why it can't be started. A pod's containers are started one after the other.</summary>
    public async Task<StartTrouble?> Ready(Pod pod, Container container, SandboxInfo sandbox, PodEvents events, CancellationToken cancel)
    {
        foreach (var volume in (pod.Spec?.Volumes ?? []).Where(v => v.Image is not null && (container.VolumeMounts ?? []).Any(m => m.Name == v.Name)))
        {
            var reference = volume.Image!.Reference ?? "";
            var target = new PodDirectory(node.DataDir, pod.Metadata.Uid!).Volume("image", volume.Name!);
            if (IsMounted(target)) continue;
            var (_, missing) = await images.Ensure(pod, container with { Image = reference, ImagePullPolicy = volume.Image.PullPolicy }, events, cancel);
            if (missing is not null) return missing;
            try
            {
                Directory.CreateDirectory(target);
                Mount(await engine.ImageLayers(reference, sandbox.Id, cancel), target, sandbox.Users is null ? null : $"/proc/{sandbox.Pid}/ns/user");
            }
            catch (Exception e) when (e is EngineException { Fault: not EngineFault.Unreachable } or IOException)
            {
                events.Warning("FailedMount", $"MountVolume.SetUp failed for volume \"{volume.Name}\" : {e.Message}");
                return new("ContainerCreating", e.Message, time.GetUtcNow() + Restarts.First / 5);
            }
        }
        return null;
    }

    /// <param name="users">The namespace whose users the files belong to; null is the machine's.</param>
    internal static void Mount(IReadOnlyList<string> layers, string target, string? users)
    {
        if (users is null || layers.Count == 1)
        {
            if (users is null) Kernel.MountLayers(layers, target);
            else Kernel.MountFor(users, layers[0], target);
            return;
        }
        // What is mounted keeps its layers; these names for them are needed in between only.
        var shown = layers.Select((_, i) => $"{target}.{i}").ToArray();
        try
        {
            foreach (var (layer, place) in layers.Zip(shown)) Kernel.MountFor(users, layer, Directory.CreateDirectory(place).FullName);
            Kernel.MountLayers(shown, target);
        }
        finally
        {
            foreach (var place in shown.Where(Directory.Exists))
            {
                Kernel.Unmount(place);
                Directory.Delete(place);
            }
        }
    }

    private static bool IsMounted(string target) => MountTable.Below(Path.GetDirectoryName(target)!).Contains(target);
}
