using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Volumes;

/// <summary>How large a volume in memory may become: as large as it says, but no larger than what its pod may use, or the node has for pods.</summary>
internal static class MemoryVolume
{
    public static long Size(Pod pod, Quantity? limit, IReadOnlyDictionary<string, Quantity> allocatable)
    {
        var most = Containers.ResourceLimits.OfPod(pod).MemoryBytes;
        if (most <= 0) most = allocatable.TryGetValue("memory", out var all) ? all.Value : 0;
        return limit is { Sign: > 0 } asked && (most <= 0 || asked.Value < most) ? asked.Value : most;
    }
}
