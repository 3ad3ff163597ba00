namespace MiniKube.Scheduler;

/// <summary>Room left (spread) or room taken (pack), over CPU and memory alike.</summary>
public sealed class NodeResourcesScore(bool mostAllocated = false) : IScore
{
    public string Name => nameof(NodeResourcesFit);

    public Func<int, long> Prepare(PodInfo pod, Snapshot snapshot, IReadOnlyList<int> feasible) => slot =>
    {
        var node = snapshot.Nodes[slot];
        var cpu = Share(node.Usual.MilliCpu + pod.Usual.MilliCpu, node.Allocatable.MilliCpu);
        var memory = Share(node.Usual.Memory + pod.Usual.Memory, node.Allocatable.Memory);
        return (cpu + memory) / 2;
    };

    private long Share(long used, long all)
    {
        if (all == 0 || used > all) return 0;
        return (mostAllocated ? used : all - used) * Normalizing.Most / all;
    }
}
