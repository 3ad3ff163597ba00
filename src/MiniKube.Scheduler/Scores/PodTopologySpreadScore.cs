namespace MiniKube.Scheduler;

/// <summary>
/// Domains with few pods of the same kind. A pod that says nothing about it is spread over nodes and zones by what its Services,
/// ReplicaSets and StatefulSets select.
/// </summary>
public sealed class PodTopologySpreadScore(SpreadDefaults defaults) : IScore
{
    private const string Host = "kubernetes.io/hostname";

    public string Name => nameof(PodTopologySpread);

    public Func<int, long>? Prepare(PodInfo pod, Snapshot snapshot, IReadOnlyList<int> feasible)
    {
        var terms = defaults.For(pod, required: false);
        if (terms.Length == 0) return null;
        var requireAll = pod.Spread.Count > 0 || !defaults.System;
        var prepared = terms.Select(t => Count(pod, t, snapshot, feasible)).ToArray();
        return slot =>
        {
            var node = snapshot.Nodes[slot];
            double sum = 0;
            for (var i = 0; i < terms.Length; i++)
            {
                var (matching, domains, weight) = prepared[i];
                if (!node.Labels.TryGetValue(terms[i].TopologyKey, out var domain))
                {
                    if (requireAll) return Missing;
                    continue;
                }
                var count = domains is null ? matching[slot] : domains.GetValueOrDefault(domain);
                sum += count * weight + (terms[i].MaxSkew - 1);
            }
            return (long)Math.Round(sum, MidpointRounding.AwayFromZero);
        };
    }

    private const long Missing = -1;

    /// <summary>Nodes without the label score nothing; among the rest fewer is better.</summary>
    public void Normalize(Span<long> scores)
    {
        long min = long.MaxValue, max = 0;
        foreach (var score in scores)
        {
            if (score == Missing) continue;
            min = Math.Min(min, score);
            max = Math.Max(max, score);
        }
        for (var i = 0; i < scores.Length; i++)
            scores[i] = scores[i] == Missing ? 0 : max == 0 ? Normalizing.Most : Normalizing.Most * (max + min - scores[i]) / max;
    }

    private static (IReadOnlyList<int> Matching, Dictionary<string, int>? Domains, double Weight) Count(PodInfo pod, SpreadTerm term,
        Snapshot snapshot, IReadOnlyList<int> feasible)
    {
        var matching = snapshot.Matching(pod.Namespace, term.Selector);
        if (term.TopologyKey == Host) return (matching, null, Math.Log(feasible.Count + 2));
        var domains = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var slot in feasible)
            if (snapshot.Nodes[slot].Labels.TryGetValue(term.TopologyKey, out var domain)) domains.TryAdd(domain, 0);
        if (domains.Count > 0)
        {
            for (var slot = 0; slot < snapshot.Count; slot++)
                if (matching[slot] > 0 && snapshot.Nodes[slot].Labels.TryGetValue(term.TopologyKey, out var domain) && domains.TryGetValue(domain, out var count))
                    domains[domain] = count + matching[slot];
        }
        // The more domains there are, the more one pod in one of them weighs.
        return (matching, domains, Math.Log(domains.Count + 2));
    }
}
