using MiniKube.Kinds.Core;

namespace MiniKube.Scheduler;

/// <summary>Nodes that the pod would rather have.</summary>
public sealed class NodeAffinityScore(Kinds.Core.NodeAffinity? added = null) : IScore
{
    public string Name => nameof(NodeAffinity);

    public Func<int, long>? Prepare(PodInfo pod, Snapshot snapshot, IReadOnlyList<int> feasible)
    {
        PreferredSchedulingTerm[] preferred =
        [
            .. pod.Spec.Affinity?.NodeAffinity?.PreferredDuringSchedulingIgnoredDuringExecution ?? [], .. added?.PreferredDuringSchedulingIgnoredDuringExecution ?? [],
        ];
        if (preferred.Length == 0) return null;
        return slot =>
        {
            var node = snapshot.Nodes[slot];
            return preferred.Where(t => t.Preference is not null && NodeMatch.Matches(t.Preference, node.Name, node.Labels)).Sum(t => (long)(t.Weight ?? 0));
        };
    }

    public void Normalize(Span<long> scores) => Normalizing.ByGreatest(scores, reverse: false);
}
