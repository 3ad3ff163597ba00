using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Eviction;

/// <summary>Limits on the node's disk, which no kernel keeps: who exceeds one is evicted, whatever the node has left.</summary>
public static class LocalLimits
{
    private const string Storage = "ephemeral-storage";

    /// <summary>Whether there is anything to watch.</summary>
    public static bool Has(Pod pod) =>
        Containers(pod).Any(c => c.Resources?.Limits?.ContainsKey(Storage) == true) || (pod.Spec?.Volumes ?? []).Any(v => v.EmptyDir?.SizeLimit is { Sign: > 0 });

    public static Eviction? Exceeded(PodLoad load)
    {
        var (pod, sample) = (load.Pod, load.Sample);
        Eviction Of(string message, string signal) => new(pod.Metadata.Uid!, message, signal);
        foreach (var volume in pod.Spec?.Volumes ?? [])
        {
            if (volume.EmptyDir?.SizeLimit is not { Sign: > 0 } limit) continue;
            if (sample.Volumes.FirstOrDefault(v => v.Name == volume.Name) is { } found && found.Own.Bytes > limit.Value)
                return Of($"Usage of EmptyDir volume \"{volume.Name}\" exceeds the limit \"{limit}\". ", "emptydirfs.limit");
        }
        if (Containers(pod).Any(c => c.Resources?.Limits?.ContainsKey(Storage) == true))
        {
            var limit = QuotaUsage.OfPod(pod, $"limits.{Storage}");
            if (limit.Sign > 0 && sample.Ephemeral.Bytes > limit.Value) return Of($"Pod ephemeral local storage usage exceeds the total limit of containers {limit}. ", "ephemeralpodfs.limit");
        }
        foreach (var container in Containers(pod))
        {
            if (container.Resources?.Limits?.TryGetValue(Storage, out var limit) != true || sample.Containers.FirstOrDefault(c => c.Container.Name == container.Name) is not { } found) continue;
            if ((found.Layer?.Bytes ?? 0) + (found.Logs?.Bytes ?? 0) > limit.Value) return Of($"Container {container.Name} exceeded its local ephemeral storage limit \"{limit}\". ", "ephemeralcontainerfs.limit");
        }
        return null;
    }

    private static IEnumerable<Container> Containers(Pod pod) => (pod.Spec?.Containers ?? []).Concat((pod.Spec?.InitContainers ?? []).Where(c => c.RestartPolicy == "Always"));
}
