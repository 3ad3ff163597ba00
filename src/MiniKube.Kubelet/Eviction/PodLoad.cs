using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Static;
using MiniKube.Kubelet.Stats;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Eviction;

/// <summary>A pod on this node as evictions see it.</summary>
public sealed record PodLoad(Pod Pod, PodSample Sample)
{
    private const int SystemPriority = 2_000_000_000;

    public int Priority => Pod.Spec?.Priority ?? 0;

    /// <summary>The node's own pods, and those the cluster can't do without, stay.</summary>
    public bool IsCritical => IsCriticalPod(Pod);

    public long MemoryBytes => Sample.Use?.WorkingSetBytes ?? Sample.Containers.Sum(c => c.Use.WorkingSetBytes);
    public long Processes => Sample.Use?.Processes ?? 0;

    public long Requested(string resource) => QuotaUsage.OfPod(Pod, $"requests.{resource}").Value;

    public long Disk(Signal signal, bool imagesApart)
    {
        var (layers, logs, volumes) = (Layers(), Logs(), Volumes());
        var use = !imagesApart ? layers + logs + volumes : signal == Signal.ImageDisk || signal == Signal.ImageInodes ? layers : logs + volumes;
        return signal == Signal.NodeInodes || signal == Signal.ImageInodes ? use.Inodes : use.Bytes;
    }

    public static bool IsCriticalPod(Pod pod) => StaticPods.IsStatic(pod) || (pod.Spec?.Priority ?? 0) >= SystemPriority;

    /// <summary>The request of one container for a resource.</summary>
    public Quantity Request(string container, string resource) =>
        (Pod.Spec?.Containers ?? []).Concat(Pod.Spec?.InitContainers ?? []).FirstOrDefault(c => c.Name == container)?.Resources?.Requests?.TryGetValue(resource, out var amount) == true ? amount : Quantity.Zero;

    private DiskUse Layers() => Sample.Containers.Aggregate(DiskUse.None, (sum, c) => sum + (c.Layer ?? DiskUse.None));
    private DiskUse Logs() => Sample.Containers.Aggregate(DiskUse.None, (sum, c) => sum + (c.Logs ?? DiskUse.None));
    private DiskUse Volumes() => Sample.Volumes.Where(v => v.IsEphemeral).Aggregate(DiskUse.None, (sum, v) => sum + v.Own);
}
