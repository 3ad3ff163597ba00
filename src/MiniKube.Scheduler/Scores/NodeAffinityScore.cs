namespace MiniKube.Scheduler;

/// <summary>Nodes that the pod would rather have.</summary>
public sealed class NodeAffinityScore : IScore
{
    public string Name => nameof(NodeAffinity);

    public Func<int, long>? Prepare(PodInfo pod, Snapshot snapshot, IReadOnlyList<int> feasible)
    {
        if (pod.Spec.Affinity?.NodeAffinity?.PreferredDuringSchedulingIgnoredDuringExecution is not { Count: > 0 } preferred) return null;
        return slot =>
        {
            var node = snapshot.Nodes[slot];
            return preferred.Where(t => t.Preference is not null && NodeAffinity.Matches(t.Preference, node.Name, node.Labels)).Sum(t => (long)(t.Weight ?? 0));
        };
    }

    public void Normalize(Span<long> scores) => Normalizing.ByGreatest(scores, reverse: false);
}
