using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Scheduler;

/// <summary>How pods that say nothing about it are spread: over nodes and zones, unless the configuration lists constraints of its own.</summary>
public sealed record SpreadDefaults(IReadOnlyList<TopologySpreadConstraint> Constraints, bool System, Func<PodInfo, Selector>? SelectorOf)
{
    private static readonly TopologySpreadConstraint[] Usual =
    [
        new() { TopologyKey = "kubernetes.io/hostname", MaxSkew = 3, WhenUnsatisfiable = "ScheduleAnyway" },
        new() { TopologyKey = "topology.kubernetes.io/zone", MaxSkew = 5, WhenUnsatisfiable = "ScheduleAnyway" },
    ];

    public static SpreadDefaults Of(IReadOnlyList<TopologySpreadConstraint>? listed, Func<PodInfo, Selector>? selectorOf) => new(listed ?? Usual, listed is null, selectorOf);

    /// <summary>The pod's own constraints of one kind, or else the defaults of it.</summary>
    public SpreadTerm[] For(PodInfo pod, bool required)
    {
        if (pod.Spread.Count > 0) return [.. pod.Spread.Where(t => t.Required == required)];
        var wanted = Constraints.Where(c => c.WhenUnsatisfiable != "ScheduleAnyway" == required).ToArray();
        return wanted.Length == 0 || SelectorOf?.Invoke(pod) is not { IsEverything: false } selector || selector.SelectsNothing()
            ? []
            : [.. wanted.Select(c => new SpreadTerm(c.TopologyKey ?? "", c.MaxSkew ?? 1, required, selector, c.MinDomains ?? 1,
                c.NodeAffinityPolicy != "Ignore", c.NodeTaintsPolicy == "Honor"))];
    }
}
