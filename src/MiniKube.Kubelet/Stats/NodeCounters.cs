using System.Collections.Concurrent;

namespace MiniKube.Kubelet.Stats;

/// <summary>What the agent counts while it works.</summary>
internal sealed class NodeCounters
{
    public ConcurrentDictionary<(string Namespace, string Pod, string Uid, string Container, string Type, string Result), long> Probes { get; } = new();
    public ConcurrentDictionary<string, long> Evictions { get; } = new();
    public long StartedPods;
    public long FailedPods;
    public long StartedContainers;
    public long FailedContainers;

    public long Healthy;
    public long Unhealthy;

    public void Checked(bool well) => Interlocked.Increment(ref (well ? ref Healthy : ref Unhealthy));

    public void Probed(PodIdentity pod, string container, string type, string result) => Probes.AddOrUpdate((pod.Namespace, pod.Name, pod.Uid, container, type, result), 1, static (_, n) => n + 1);

    public void Evicted(string signal) => Evictions.AddOrUpdate(signal, 1, static (_, n) => n + 1);

    public void Forget(string podUid)
    {
        foreach (var key in Probes.Keys)
            if (key.Uid == podUid) Probes.TryRemove(key, out _);
    }
}
