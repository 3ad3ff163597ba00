using MiniKube.Kubelet.Pods;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Eviction;

/// <summary>A pod that must go, and what its status and its event say.</summary>
public sealed record Eviction(string PodUid, string Message, string Signal)
{
    /// <summary>Hardly any time where what is short is short now; for a soft threshold what the pod asks for, within what the node gives.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(1);

    public PodEnd End => new("Evicted", Message) { Grace = Grace };
}

/// <summary>
/// Who goes when the node runs short: those who use more than they asked for first, then the less important, then those who
/// exceed by most. One pod a time; whether that was enough is seen next time.
/// </summary>
public static class EvictionPlan
{
    /// <summary>The first shortage that some pod can do something about, or nothing.</summary>
    public static Eviction? For(Pressure pressure, IReadOnlyList<PodLoad> pods, bool imagesApart, TimeSpan mostGrace = default)
    {
        foreach (var shortage in pressure.Shortages)
            if (Ranked(shortage.Signal, pods, imagesApart).FirstOrDefault(p => !p.IsCritical) is { } victim)
            {
                var eviction = new Eviction(victim.Pod.Metadata.Uid!, Message(shortage, victim), shortage.Signal.Name);
                var asked = TimeSpan.FromSeconds(victim.Pod.Spec?.TerminationGracePeriodSeconds ?? 30);
                return shortage.IsSoft ? eviction with { Grace = asked < mostGrace ? asked : mostGrace } : eviction;
            }
        return null;
    }

    public static IReadOnlyList<PodLoad> Ranked(Signal signal, IReadOnlyList<PodLoad> pods, bool imagesApart)
    {
        Func<PodLoad, long> used = signal == Signal.Memory ? p => p.MemoryBytes : signal == Signal.Pids ? p => p.Processes : p => p.Disk(signal, imagesApart);
        // Nobody requests processes or inodes.
        Func<PodLoad, long> requested = signal == Signal.Memory ? p => p.Requested("memory") : signal == Signal.NodeDisk || signal == Signal.ImageDisk ? p => p.Requested("ephemeral-storage") : _ => 0;
        var exceeding = signal == Signal.Pids ? pods.OrderBy(_ => 0) : pods.OrderByDescending(p => used(p) > requested(p));
        return [.. exceeding.ThenBy(p => p.Priority).ThenByDescending(p => used(p) - requested(p)).ThenBy(p => p.Pod.Metadata.Uid, StringComparer.Ordinal)];
    }

    private static string Message(Shortage shortage, PodLoad pod)
    {
        var resource = shortage.Signal.Resource;
        var available = resource is "memory" or "ephemeral-storage" ? Binary(shortage.Available) : Quantity.Of(shortage.Available);
        var text = $"The node was low on resource: {resource}. Threshold quantity: {shortage.Threshold}, available: {available}. ";
        if (resource is not ("memory" or "ephemeral-storage")) return text;
        foreach (var container in pod.Sample.Containers)
        {
            var used = resource == "memory" ? container.Use.WorkingSetBytes : (container.Layer?.Bytes ?? 0) + (container.Logs?.Bytes ?? 0);
            var request = pod.Request(container.Container.Name, resource);
            if (used > request.Value) text += $"Container {container.Container.Name} was using {Binary(used)}, request is {request}, has larger consumption of {resource}. ";
        }
        return text;
    }

    private static Quantity Binary(long bytes) => Quantity.Of(bytes, Quantity.Notation.BinarySuffix);
}
