namespace MiniKube.Scheduler.Configuration;

/// <summary>Every plugin that a configuration may name, in upstream's order, with its usual weight.</summary>
public static class PluginNames
{
    public const string Preemption = "DefaultPreemption";

    public static readonly IReadOnlyList<(string Name, int Weight)> All =
    [
        ("SchedulingGates", 0), ("PrioritySort", 0), ("NodeUnschedulable", 0), ("NodeName", 0), ("TaintToleration", 3), ("NodeAffinity", 2), ("NodePorts", 0),
        ("NodeResourcesFit", 1), ("VolumeRestrictions", 0), ("NodeVolumeLimits", 0), ("VolumeBinding", 0), ("VolumeZone", 0), ("PodTopologySpread", 2),
        ("InterPodAffinity", 2), ("DynamicResources", 0), (Preemption, 0), ("NodeResourcesBalancedAllocation", 1), ("ImageLocality", 1), ("DefaultBinder", 0),
    ];

    /// <summary>Points at which plugins can be named.</summary>
    public static readonly IReadOnlySet<string> Points = new HashSet<string>
    {
        "preEnqueue", "queueSort", "preFilter", "filter", "postFilter", "preScore", "score", "reserve", "permit", "preBind", "bind", "postBind", "multiPoint",
    };

    public static bool IsKnown(string name) => All.Any(p => p.Name == name);

    public static bool IsFilter(string name) => name is "NodeUnschedulable" or "NodeName" or "TaintToleration" or "NodeAffinity" or "NodePorts" or "NodeResourcesFit" or
        "VolumeRestrictions" or "NodeVolumeLimits" or "VolumeBinding" or "VolumeZone" or "PodTopologySpread" or "InterPodAffinity";

    public static bool IsScore(string name) => name is "TaintToleration" or "NodeAffinity" or "NodeResourcesFit" or "PodTopologySpread" or "InterPodAffinity" or
        "NodeResourcesBalancedAllocation" or "ImageLocality";
}
