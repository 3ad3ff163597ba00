using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Images;

namespace MiniKube.Kubelet.Eviction;

/// <summary>What the node gives up on a short disk before any pod has to go: containers that nobody will start again, then images that nobody uses.</summary>
public sealed class NodeReclaim(IContainerEngine engine, ImageCollection images, Func<ContainerInfo, Pod, CancellationToken, Task> remove)
{
    /// <summary>Whether anything went, so that another look is worth while before somebody is evicted.</summary>
    public async Task<bool> Run(IReadOnlyList<Pod> pods, CancellationToken cancel)
    {
        var ended = pods.Where(p => p.Status?.Phase is "Succeeded" or "Failed").ToDictionary(p => p.Metadata.Uid!);
        var dead = (await engine.Observe(null, cancel)).Containers.Where(c => c.Phase != ContainerPhase.Running && ended.ContainsKey(c.Pod.Uid)).ToArray();
        // Their images are free afterwards.
        foreach (var container in dead) await remove(container, ended[container.Pod.Uid], cancel);
        return await images.RemoveUnused(cancel) + dead.Length > 0;
    }

    /// <summary>Whether it would help: with images on a disk of their own, they free nothing on the other.</summary>
    public static bool Helps(Pressure pressure, bool imagesApart) =>
        pressure.Shortages.Any(s => s.Signal == Signal.ImageDisk || s.Signal == Signal.ImageInodes || !imagesApart && s.Signal.Condition == "DiskPressure");
}
