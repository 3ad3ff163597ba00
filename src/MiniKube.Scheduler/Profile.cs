using MiniKube.Scheduler.Configuration;

namespace MiniKube.Scheduler;

/// <summary>A scheduler by name: its filters in order, its scores with their weights.</summary>
public sealed record Profile(string SchedulerName, IReadOnlyList<IFilter> Filters, IReadOnlyList<(IScore Score, int Weight)> Scores)
{
    /// <summary>How many percent of the nodes must turn out feasible before the search stops; 0 adapts to the size of the cluster.</summary>
    public int PercentageOfNodesToScore { get; init; }

    public bool Preempts { get; init; } = true;
    public int CandidatesPercent { get; init; } = 10;
    public int FewestCandidates { get; init; } = 100;

    public static Profile Default(VolumeFacts volumes, Func<PodInfo, Selector>? spreading = null) => Of(ProfileSettings.Default, volumes, spreading);

    public static Profile Of(ProfileSettings settings, VolumeFacts volumes, Func<PodInfo, Selector>? spreading)
    {
        var (with, plugins) = (settings.Arguments, settings.Plugins);
        return new(settings.SchedulerName, [.. plugins.Filters.Select(Filter)], [.. plugins.Scores.Select(s => (Score(s.Name), s.Weight))])
        {
            PercentageOfNodesToScore = settings.PercentageOfNodesToScore, Preempts = plugins.Preempts,
            CandidatesPercent = with.CandidatesPercent, FewestCandidates = with.FewestCandidates,
        };

        IFilter Filter(string name) => name switch
        {
            nameof(NodeUnschedulable) => new NodeUnschedulable(),
            nameof(NodeName) => new NodeName(),
            nameof(TaintToleration) => new TaintToleration(),
            nameof(NodeAffinity) => new NodeAffinity(with.AddedAffinity),
            nameof(NodePorts) => new NodePorts(),
            nameof(NodeResourcesFit) => new NodeResourcesFit(with.IgnoredResources, with.IgnoredResourceGroups),
            nameof(VolumeRestrictions) => new VolumeRestrictions(volumes),
            nameof(NodeVolumeLimits) => new NodeVolumeLimits(volumes),
            nameof(VolumeBinding) => new VolumeBinding(volumes),
            nameof(VolumeZone) => new VolumeZone(volumes),
            nameof(PodTopologySpread) => new PodTopologySpread(SpreadDefaults.Of(with.SpreadDefaults, spreading)),
            nameof(InterPodAffinity) => new InterPodAffinity(),
            _ => throw new ArgumentOutOfRangeException(nameof(settings), name, "not a filter"),
        };

        IScore Score(string name) => name switch
        {
            nameof(TaintToleration) => new TaintTolerationScore(),
            nameof(NodeAffinity) => new NodeAffinityScore(with.AddedAffinity),
            nameof(NodeResourcesFit) => new NodeResourcesScore(with.Fit),
            nameof(NodeResourcesBalancedAllocation) => new NodeResourcesBalancedAllocation(with.Balanced),
            nameof(PodTopologySpread) => new PodTopologySpreadScore(SpreadDefaults.Of(with.SpreadDefaults, spreading)),
            nameof(InterPodAffinity) => new InterPodAffinityScore(with.HardPodAffinityWeight, with.IgnorePreferredTermsOfExistingPods),
            nameof(ImageLocality) => new ImageLocality(),
            _ => throw new ArgumentOutOfRangeException(nameof(settings), name, "not a score"),
        };
    }

    /// <summary>Upstream's numbers: small clusters are searched through, big ones down to five percent.</summary>
    public int EnoughOf(int nodes)
    {
        const int Fewest = 100;
        if (nodes < Fewest) return nodes;
        var percent = PercentageOfNodesToScore > 0 ? PercentageOfNodesToScore : Math.Max(5, 50 - nodes / 125);
        return percent >= 100 ? nodes : Math.Max(Fewest, nodes * percent / 100);
    }
}
