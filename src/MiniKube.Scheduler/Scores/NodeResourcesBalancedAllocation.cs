namespace MiniKube.Scheduler;

/// <summary>Nodes whose resources would be used up evenly.</summary>
public sealed class NodeResourcesBalancedAllocation(IReadOnlyList<(string Resource, int Weight)> resources) : IScore
{
    public string Name => nameof(NodeResourcesBalancedAllocation);

    // Best effort pods would all be balanced best on one and the same node.
    public Func<int, long>? Prepare(PodInfo pod, Snapshot snapshot, IReadOnlyList<int> feasible)
    {
        var considered = resources.Select(r => r.Resource).ToArray();
        if (considered.All(r => pod.Requests.Of(r) == 0)) return null;
        considered = [.. considered.Where(r => r is "cpu" or "memory" || pod.Requests.Of(r) > 0)];
        return slot =>
        {
            var node = snapshot.Nodes[slot];
            double sum = 0, squares = 0;
            var count = 0;
            foreach (var resource in considered)
            {
                var all = node.Allocatable.Of(resource);
                if (all == 0) continue;
                var share = Math.Min(1, (double)(node.Requested.Of(resource) + pod.Requests.Of(resource)) / all);
                sum += share;
                squares += share * share;
                count++;
            }
            // The standard deviation, without keeping the shares.
            var deviation = count < 2 ? 0 : Math.Sqrt(Math.Max(0, squares / count - sum / count * (sum / count)));
            return (long)((1 - deviation) * Normalizing.Most);
        };
    }
}
