namespace MiniKube.Scheduler;

/// <summary>What happened in the cluster, as far as waiting pods care.</summary>
public abstract record ClusterEvent
{
    private ClusterEvent() { }

    /// <summary>A node came, or became something else.</summary>
    public sealed record NodeChanged(NodeInfo Node, NodeInfo? Before) : ClusterEvent;

    /// <summary>A pod with a node went away or finished.</summary>
    public sealed record PodGone(PodInfo Pod) : ClusterEvent;

    /// <summary>A pod got a node, or one with a node got other labels.</summary>
    public sealed record PodThere(PodInfo Pod) : ClusterEvent;

    public sealed record VolumesChanged : ClusterEvent;
}

/// <summary>Which events could help which waiting pods: without this, every event would wake everybody.</summary>
public static class EventHints
{
    /// <summary>What others object to, nobody here can tell when it ends: everything may help.</summary>
    public const string Extender = "Extender";

    private static readonly SimpleFilter[] AboutNodes = [new NodeUnschedulable(), new TaintToleration(), new NodeAffinity(), new NodeName()];

    public static bool MayHelp(ClusterEvent what, QueuedPod pod) => pod.RejectedBy.Contains(Extender) || what switch
    {
        // What only depends on the node and the pod is asked outright.
        ClusterEvent.NodeChanged e => AboutNodes.All(f => f.Check(pod.Pod, e.Node) is null) || AboutNodes.Any(f => StoodInTheWay(f, pod, e)),
        ClusterEvent.PodGone => pod.RejectedBy.Overlaps([nameof(NodeResourcesFit), nameof(NodePorts), nameof(PodTopologySpread), nameof(InterPodAffinity),
            nameof(VolumeRestrictions), nameof(NodeVolumeLimits)]),
        ClusterEvent.PodThere => pod.RejectedBy.Overlaps([nameof(InterPodAffinity), nameof(PodTopologySpread)]),
        ClusterEvent.VolumesChanged => pod.RejectedBy.Overlaps([nameof(VolumeBinding), nameof(VolumeZone), nameof(VolumeRestrictions), nameof(NodeVolumeLimits)]),
        _ => true,
    };

    /// <summary>Something else may be in the way still; then that is what the pod should be told next.</summary>
    private static bool StoodInTheWay(SimpleFilter filter, QueuedPod pod, ClusterEvent.NodeChanged e) =>
        pod.RejectedBy.Contains(filter.Name) && filter.Check(pod.Pod, e.Node) is null && (e.Before is null || filter.Check(pod.Pod, e.Before) is not null);
}
