namespace MiniKube.Scheduler;

/// <summary>Nearness that pods would like, on both sides; what a running pod insists on counts a little for newcomers too.</summary>
public sealed class InterPodAffinityScore(int hardWeight = 1, bool ownWishesOnly = false) : IScore
{
    public string Name => nameof(InterPodAffinity);

    public Func<int, long>? Prepare(PodInfo pod, Snapshot snapshot, IReadOnlyList<int> feasible)
    {
        var wishes = pod.PreferredAffinity.Count + pod.PreferredAntiAffinity.Count > 0;
        if (!wishes && snapshot.WithAffinity.Count == 0) return null;
        var sums = new Dictionary<(string, string), long>();
        foreach (var slot in wishes ? Enumerable.Range(0, snapshot.Count) : snapshot.WithAffinity)
        {
            var node = snapshot.Nodes[slot];
            foreach (var other in node.Pods)
            {
                foreach (var term in pod.PreferredAffinity) Add(term, other, node, term.Weight);
                foreach (var term in pod.PreferredAntiAffinity) Add(term, other, node, -term.Weight);
                foreach (var term in other.Affinity) Add(term, pod, node, hardWeight);
                if (ownWishesOnly) continue;
                foreach (var term in other.PreferredAffinity) Add(term, pod, node, term.Weight);
                foreach (var term in other.PreferredAntiAffinity) Add(term, pod, node, -term.Weight);
            }
        }
        if (sums.Count == 0) return null;
        return slot =>
        {
            long sum = 0;
            foreach (var ((key, value), weight) in sums)
                if (snapshot.Nodes[slot].Labels.GetValueOrDefault(key) == value) sum += weight;
            return sum;
        };

        void Add(AffinityTerm term, PodInfo candidate, NodeInfo node, long weight)
        {
            if (!node.Labels.TryGetValue(term.TopologyKey, out var domain) || !term.Matches(candidate, snapshot.NamespaceLabels)) return;
            sums[(term.TopologyKey, domain)] = sums.GetValueOrDefault((term.TopologyKey, domain)) + weight;
        }
    }

    public void Normalize(Span<long> scores) => Normalizing.ByRange(scores, reverse: false);
}
