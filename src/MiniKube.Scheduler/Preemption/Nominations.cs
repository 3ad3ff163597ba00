namespace MiniKube.Scheduler;

/// <summary>Pods that wait for room which preemption is making on a node.</summary>
public sealed class Nominations
{
    private readonly Dictionary<string, Dictionary<string, PodInfo>> byNode = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> nodeOf = new(StringComparer.Ordinal);

    public void Add(PodInfo pod, string node)
    {
        Remove(pod.Uid);
        nodeOf[pod.Uid] = node;
        if (!byNode.TryGetValue(node, out var pods)) byNode[node] = pods = new(StringComparer.Ordinal);
        pods[pod.Uid] = pod;
    }

    public void Remove(string uid)
    {
        if (!nodeOf.Remove(uid, out var node) || !byNode.TryGetValue(node, out var pods)) return;
        pods.Remove(uid);
        if (pods.Count == 0) byNode.Remove(node);
    }

    public string? NodeOf(string uid) => nodeOf.GetValueOrDefault(uid);

    /// <summary>Those on a node that are at least as important as a pod.</summary>
    public IReadOnlyList<PodInfo> On(string node, PodInfo than) =>
        byNode.Count == 0 || !byNode.TryGetValue(node, out var pods) ? [] : [.. pods.Values.Where(p => p.Uid != than.Uid && p.Priority >= than.Priority)];

    public IReadOnlyList<PodInfo> LessImportant(string node, int than) =>
        byNode.TryGetValue(node, out var pods) ? [.. pods.Values.Where(p => p.Priority < than)] : [];
}
