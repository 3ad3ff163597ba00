using MiniKube.Scheduler.Configuration;

namespace MiniKube.Scheduler;

/// <summary>Room left, room taken, or a curve over it, for each resource considered.</summary>
public sealed class NodeResourcesScore(ResourceStrategy strategy) : IScore
{
    public string Name => nameof(NodeResourcesFit);

    public Func<int, long> Prepare(PodInfo pod, Snapshot snapshot, IReadOnlyList<int> feasible)
    {
        var considered = strategy.Considered.Where(r => r.Resource is "cpu" or "memory" || pod.Requests.Of(r.Resource) > 0).ToArray();
        return slot =>
        {
            var node = snapshot.Nodes[slot];
            long sum = 0, weights = 0;
            foreach (var (resource, weight) in considered)
            {
                var all = node.Allocatable.Of(resource);
                if (all == 0) continue;
                var score = strategy.Score(Used(node, resource) + (resource is "cpu" or "memory" ? pod.Usual : pod.Requests).Of(resource), all);
                // On a curve of one's own a zero says that the resource doesn't matter there.
                if (score == 0 && strategy.Shape.Count > 0) continue;
                sum += score * weight;
                weights += weight;
            }
            return weights == 0 ? 0 : strategy.Shape.Count > 0 ? (long)Math.Round((double)sum / weights, MidpointRounding.AwayFromZero) : sum / weights;
        };
    }

    private static long Used(NodeInfo node, string resource) => (resource is "cpu" or "memory" ? node.Usual : node.Requested).Of(resource);
}
