namespace MiniKube.Scheduler;

/// <summary>A scheduler by name: its filters in order, its scores with their weights.</summary>
public sealed record Profile(string SchedulerName, IReadOnlyList<IFilter> Filters, IReadOnlyList<(IScore Score, int Weight)> Scores)
{
    /// <summary>How many percent of the nodes must turn out feasible before the search stops; 0 adapts to the size of the cluster.</summary>
    public int PercentageOfNodesToScore { get; init; }

    public static Profile Default(VolumeFacts volumes, Func<PodInfo, Selector>? spreading = null, string name = "default-scheduler") => new(name,
    [
        new NodeUnschedulable(), new NodeName(), new TaintToleration(), new NodeAffinity(), new NodePorts(), new NodeResourcesFit(),
        new VolumeBinding(volumes), new PodTopologySpread(), new InterPodAffinity(),
    ],
    [
        (new TaintTolerationScore(), 3), (new NodeAffinityScore(), 2), (new PodTopologySpreadScore(spreading), 2),
        (new InterPodAffinityScore(), 2), (new NodeResourcesScore(), 1), (new NodeResourcesBalancedAllocation(), 1), (new ImageLocality(), 1),
    ]);

    /// <summary>Upstream's numbers: small clusters are searched through, big ones down to five percent.</summary>
    public int EnoughOf(int nodes)
    {
        const int Fewest = 100;
        if (nodes < Fewest) return nodes;
        var percent = PercentageOfNodesToScore > 0 ? PercentageOfNodesToScore : Math.Max(5, 50 - nodes / 125);
        return percent >= 100 ? nodes : Math.Max(Fewest, nodes * percent / 100);
    }
}
