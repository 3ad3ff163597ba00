namespace MiniKube.Scheduler;

/// <summary>Nodes whose resources would be used up evenly.</summary>
public sealed class NodeResourcesBalancedAllocation : IScore
{
    public string Name => nameof(NodeResourcesBalancedAllocation);

    // Best effort pods would all be balanced best on one and the same node.
    public Func<int, long>? Prepare(PodInfo pod, Snapshot snapshot, IReadOnlyList<int> feasible) =>
        pod.Requests.MilliCpu == 0 && pod.Requests.Memory == 0 ? null : slot =>
        {
            var node = snapshot.Nodes[slot];
            var cpu = Fraction(node.Requested.MilliCpu + pod.Requests.MilliCpu, node.Allocatable.MilliCpu);
            var memory = Fraction(node.Requested.Memory + pod.Requests.Memory, node.Allocatable.Memory);
            return (long)((1 - Math.Abs(cpu - memory) / 2) * Normalizing.Most);
        };

    private static double Fraction(long used, long all) => all == 0 ? 1 : Math.Min(1, (double)used / all);
}
