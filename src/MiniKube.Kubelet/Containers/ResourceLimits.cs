using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Containers;

/// <summary>Requests and limits as the kernel counts them, with upstream's arithmetic.</summary>
public static class ResourceLimits
{
    private const long Period = 100_000;
    private const long ShortestQuota = 1_000;
    private const long FewestShares = 2;
    private const long MostShares = 262_144;

    /// <summary>A container without a limit of its own may have what its pod may have.</summary>
    public static ContainerResources Of(PodSpec pod, Container container, string qos, long nodeMemory)
    {
        var (requests, limits) = (container.Resources?.Requests, container.Resources?.Limits);
        var cpu = Amount(requests, "cpu") ?? Amount(limits, "cpu");
        var quota = Amount(limits, "cpu") ?? Amount(pod.Resources?.Limits, "cpu");
        var memory = Amount(limits, "memory") ?? Amount(pod.Resources?.Limits, "memory");
        return new()
        {
            CpuShares = Shares(cpu?.MilliValue ?? 0),
            CpuQuota = quota is { } q && q.MilliValue > 0 ? Math.Max(q.MilliValue * Period / 1000, ShortestQuota) : 0,
            CpuPeriod = quota is not null ? Period : 0,
            MemoryBytes = memory?.Value ?? 0,
            OomScoreAdjust = OomScore(qos, (Amount(requests, "memory") ?? Amount(limits, "memory"))?.Value ?? 0, nodeMemory),
        };
    }

    /// <summary>What a pod may use as a whole: limits only where every container has one.</summary>
    public static ContainerResources OfPod(Pod pod)
    {
        var containers = (pod.Spec?.Containers ?? []).Concat((pod.Spec?.InitContainers ?? []).Where(c => c.RestartPolicy == "Always")).ToArray();
        var pods = pod.Spec?.Resources;
        bool All(string resource) => pods?.Limits?.ContainsKey(resource) == true || containers.All(c => c.Resources?.Limits?.ContainsKey(resource) == true);
        var quota = All("cpu") ? QuotaUsage.OfPod(pod, "limits.cpu").MilliValue : 0;
        return new()
        {
            CpuShares = Shares(QuotaUsage.OfPod(pod, "requests.cpu").MilliValue), CpuQuota = quota > 0 ? Math.Max(quota * Period / 1000, ShortestQuota) : 0, CpuPeriod = Period,
            MemoryBytes = All("memory") ? QuotaUsage.OfPod(pod, "limits.memory").Value : 0,
        };
    }

    /// <summary>
    /// What all pods together may use: all there is but what is reserved. What evictions keep free isn't held back here, or nobody
    /// would ever be evicted: the kernel would have ended something before.
    /// </summary>
    public static ContainerResources OfNode(IReadOnlyDictionary<string, Quantity> capacity, long processes, IReadOnlyDictionary<string, Quantity> reserved)
    {
        Quantity Left(string resource, Quantity all) => all - reserved.GetValueOrDefault(resource, Quantity.Zero);
        return new()
        {
            CpuShares = Shares(Math.Max(0, Left("cpu", capacity["cpu"]).MilliValue)), MemoryBytes = Math.Max(0, Left("memory", capacity["memory"]).Value),
            PidsLimit = processes > 0 ? Math.Max(1, Left("pid", Quantity.Of(processes)).Value) : 0,
        };
    }

    public static long Shares(long millis) => millis == 0 ? FewestShares : Math.Clamp(millis * 1024 / 1000, FewestShares, MostShares);

    /// <summary>Who goes first when memory runs out: best effort, then those who use more than they asked for.</summary>
    public static int OomScore(string qos, long requested, long nodeMemory) => qos switch
    {
        "Guaranteed" => -997,
        "BestEffort" => 1000,
        _ => (int)Math.Clamp(1000 - 1000 * requested / Math.Max(1, nodeMemory), 3, 999),
    };

    private static Quantity? Amount(IReadOnlyDictionary<string, Quantity>? amounts, string resource) =>
        amounts is not null && amounts.TryGetValue(resource, out var amount) ? amount : null;
}
