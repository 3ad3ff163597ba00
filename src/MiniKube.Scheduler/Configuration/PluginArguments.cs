using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Scheduler.Configuration;

/// <summary>What plugins can be told, with upstream's defaults.</summary>
public sealed record PluginArguments
{
    public ResourceStrategy Fit { get; init; } = new();
    public IReadOnlyList<string> IgnoredResources { get; init; } = [];
    public IReadOnlyList<string> IgnoredResourceGroups { get; init; } = [];
    public IReadOnlyList<(string Resource, int Weight)> Balanced { get; init; } = ResourceStrategy.Usual;
    public IReadOnlyList<TopologySpreadConstraint>? SpreadDefaults { get; init; }
    public int HardPodAffinityWeight { get; init; } = 1;
    public bool IgnorePreferredTermsOfExistingPods { get; init; }
    public Kinds.Core.NodeAffinity? AddedAffinity { get; init; }
    public int CandidatesPercent { get; init; } = 10;
    public int FewestCandidates { get; init; } = 100;

    /// <summary>Complaints go to <paramref name="fault"/> with the path of what is wrong.</summary>
    public static PluginArguments Of(IEnumerable<(string Path, string Name, JsonMap Args)> given, Action<string, string> fault)
    {
        var all = new PluginArguments();
        foreach (var (path, name, args) in given)
        {
            all = name switch
            {
                "NodeResourcesFit" => all with
                {
                    Fit = ResourceStrategy.Read(args.Map("scoringStrategy"), (at, why) => fault($"{path}.scoringStrategy{at}", why)),
                    IgnoredResources = [.. (args.List("ignoredResources") ?? []).Texts()],
                    IgnoredResourceGroups = [.. (args.List("ignoredResourceGroups") ?? []).Texts()],
                },
                "NodeResourcesBalancedAllocation" => all with { Balanced = ResourceStrategy.Resources(args, (at, why) => fault(path + at, why)) },
                "PodTopologySpread" => all with { SpreadDefaults = Spread(path, args, fault) },
                "InterPodAffinity" => all with
                {
                    HardPodAffinityWeight = Within(path, args, "hardPodAffinityWeight", 1, 0, 100, fault),
                    IgnorePreferredTermsOfExistingPods = args["ignorePreferredTermsOfExistingPods"] is JsonBool { Value: true },
                },
                "NodeAffinity" => all with { AddedAffinity = args.Map("addedAffinity") is { } added ? KubeJson.FromTree<Kinds.Core.NodeAffinity>(added) : null },
                PluginNames.Preemption => all with
                {
                    CandidatesPercent = Within(path, args, "minCandidateNodesPercentage", 10, 0, 100, fault),
                    FewestCandidates = Within(path, args, "minCandidateNodesAbsolute", 100, 0, int.MaxValue, fault),
                },
                _ => all,
            };
        }
        return all;
    }

    /// <summary>Null stands for the system's own constraints.</summary>
    private static TopologySpreadConstraint[]? Spread(string path, JsonMap args, Action<string, string> fault)
    {
        var listed = (args.List("defaultConstraints") ?? []).Maps().Select(KubeJson.FromTree<TopologySpreadConstraint>).ToArray();
        var type = args.Text("defaultingType") ?? "System";
        if (type is not ("System" or "List")) fault($"{path}.defaultingType", $"\"{type}\" must be System or List");
        if (type == "System" && listed.Length > 0) fault($"{path}.defaultConstraints", "says nothing unless defaultingType is List");
        foreach (var constraint in listed)
        {
            if (constraint.LabelSelector is not null) fault($"{path}.defaultConstraints", "must not have a labelSelector: it is that of the pods' Services and owners");
            if (constraint.MaxSkew is null or < 1 || string.IsNullOrEmpty(constraint.TopologyKey) || constraint.WhenUnsatisfiable is not ("DoNotSchedule" or "ScheduleAnyway"))
                fault($"{path}.defaultConstraints", "each needs a maxSkew above 0, a topologyKey, and DoNotSchedule or ScheduleAnyway as whenUnsatisfiable");
        }
        return type == "System" ? null : listed;
    }

    private static int Within(string path, JsonMap args, string name, int otherwise, int least, int most, Action<string, string> fault)
    {
        var value = args.Whole(name) ?? otherwise;
        if (value < least || value > most) fault($"{path}.{name}", $"{value} must be from {least} to {most}");
        return (int)Math.Clamp(value, least, most);
    }
}
