namespace MiniKube.Scheduler;

/// <summary>Nodes with few taints that say "rather not".</summary>
public sealed class TaintTolerationScore : IScore
{
    public string Name => nameof(TaintToleration);

    public Func<int, long>? Prepare(PodInfo pod, Snapshot snapshot, IReadOnlyList<int> feasible)
    {
        if (snapshot.Tainted == 0) return null;
        var any = false;
        foreach (var slot in feasible)
            foreach (var taint in snapshot.Nodes[slot].Taints) any |= taint.Effect == "PreferNoSchedule";
        return !any ? null : slot => snapshot.Nodes[slot].Taints
            .Count(t => t.Effect == "PreferNoSchedule" && !Tolerations.Tolerates(pod.Tolerations, t));
    }

    public void Normalize(Span<long> scores) => Normalizing.ByGreatest(scores, reverse: true);
}
