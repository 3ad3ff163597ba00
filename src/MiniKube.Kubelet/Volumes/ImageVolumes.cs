using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Files;
using MiniKube.Kubelet.Images;
using MiniKube.Kubelet.Pods;

namespace MiniKube.Kubelet.Volumes;

/// <summary>
/// Volumes that are the content of an image. Fetched as a container's own image is, by the same rules and with the same words; then the
/// engine says in which directories the image lies, and they are mounted as one.
/// </summary>
internal sealed class ImageVolumes(NodeOptions node, IContainerEngine engine, ImageFetch images, TimeProvider time)
{
    /// <summary>The images that pods have for volumes: no container shows that they are in use.</summary>
    public static IEnumerable<string> InUse(IEnumerable<Pod> pods) => pods.SelectMany(p => p.Spec?.Volumes ?? []).Select(v => v.Image?.Reference).OfType<string>();

    /// <summary>Mounts those that a container wants, or says why it can't be started. A pod's containers are started one after the other.</summary>
    public async Task<StartTrouble?> Ready(Pod pod, Container container, string sandbox, PodEvents events, CancellationToken cancel)
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
                Kernel.MountLayers(await engine.ImageLayers(reference, sandbox, cancel), target);
            }
            catch (Exception e) when (e is EngineException { Fault: not EngineFault.Unreachable } or IOException)
            {
                events.Warning("FailedMount", $"MountVolume.SetUp failed for volume \"{volume.Name}\" : {e.Message}");
                return new("ContainerCreating", e.Message, time.GetUtcNow() + Restarts.First / 5);
            }
        }
        return null;
    }

    private static bool IsMounted(string target) => MountTable.Below(Path.GetDirectoryName(target)!).Contains(target);
}
