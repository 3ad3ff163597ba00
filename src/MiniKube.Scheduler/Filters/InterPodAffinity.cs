using MiniKube.ControlLoop;

namespace MiniKube.Scheduler;

/// <summary>Which pods must, and which must not, be near each other.</summary>
public sealed class InterPodAffinity : IFilter
{
    public string Name => nameof(InterPodAffinity);

    public IPreparedFilter? Prepare(PodInfo pod, Snapshot snapshot)
    {
        var existing = ExistingAntiAffinity(pod, snapshot);
        if (existing.Count == 0 && pod.Affinity.Count == 0 && pod.AntiAffinity.Count == 0) return null;
        var affinity = pod.Affinity.Select(t => Domains(t, snapshot, all: pod.Affinity)).ToArray();
        // The first of a group that wants to be together has nobody to join: it may start anywhere.
        var first = affinity.All(d => d.Count == 0) && pod.Affinity.All(t => t.Matches(pod, snapshot.NamespaceLabels));
        return new Prepared(pod, snapshot, existing, affinity, [.. pod.AntiAffinity.Select(t => Domains(t, snapshot, all: null))], first);
    }

    private static Dictionary<(string Key, string Value), int> ExistingAntiAffinity(PodInfo pod, Snapshot snapshot)
    {
        var taken = new Dictionary<(string, string), int>();
        foreach (var slot in snapshot.WithAntiAffinity)
        {
            var node = snapshot.Nodes[slot];
            foreach (var other in node.Pods)
                foreach (var term in other.AntiAffinity) Add(taken, term, node, pod, snapshot, 1);
        }
        return taken;
    }

    private static void Add(Dictionary<(string, string), int> taken, AffinityTerm term, NodeInfo node, PodInfo pod, Snapshot snapshot, int by)
    {
        if (!node.Labels.TryGetValue(term.TopologyKey, out var domain) || !term.Matches(pod, snapshot.NamespaceLabels)) return;
        taken[(term.TopologyKey, domain)] = taken.GetValueOrDefault((term.TopologyKey, domain)) + by;
    }

    /// <summary>
    /// Matching pods per domain. Of several affinity terms only pods that match all of them count. As long as a pod is there it is near,
    /// even on its way out.
    /// </summary>
    private static Dictionary<string, int> Domains(AffinityTerm term, Snapshot snapshot, IReadOnlyList<AffinityTerm>? all)
    {
        var domains = new Dictionary<string, int>(StringComparer.Ordinal);
        if (term.Namespaces.Count == 1 && term.NamespaceSelector.SelectsNothing() && all is null or { Count: 1 })
        {
            var matching = snapshot.Matching(term.Namespaces.First(), term.Selector, leavingToo: true);
            for (var slot = 0; slot < snapshot.Count; slot++)
                if (matching[slot] > 0 && snapshot.Nodes[slot].Labels.TryGetValue(term.TopologyKey, out var domain))
                    domains[domain] = domains.GetValueOrDefault(domain) + matching[slot];
            return domains;
        }
        foreach (var node in snapshot.Nodes)
        {
            if (!node.Labels.TryGetValue(term.TopologyKey, out var domain)) continue;
            var count = node.Pods.Count(p => (all ?? [term]).All(t => t.Matches(p, snapshot.NamespaceLabels)));
            if (count > 0) domains[domain] = domains.GetValueOrDefault(domain) + count;
        }
        return domains;
    }

    private sealed class Prepared(PodInfo pod, Snapshot snapshot, Dictionary<(string Key, string Value), int> existing,
        Dictionary<string, int>[] affinity, Dictionary<string, int>[] antiAffinity, bool first) : IPreparedFilter
    {
        public Rejection? Check(NodeInfo node)
        {
            for (var i = 0; i < affinity.Length; i++)
            {
                if (!node.Labels.TryGetValue(pod.Affinity[i].TopologyKey, out var domain) || !first && affinity[i].GetValueOrDefault(domain) <= 0)
                    return Rejection.Of(nameof(InterPodAffinity), "node(s) didn't match pod affinity rules");
            }
            for (var i = 0; i < antiAffinity.Length; i++)
            {
                if (node.Labels.TryGetValue(pod.AntiAffinity[i].TopologyKey, out var domain) && antiAffinity[i].GetValueOrDefault(domain) > 0)
                    return Rejection.Of(nameof(InterPodAffinity), "node(s) didn't match pod anti-affinity rules", resolvable: true);
            }
            foreach (var ((key, value), count) in existing)
            {
                if (count > 0 && node.Labels.GetValueOrDefault(key) == value)
                    return Rejection.Of(nameof(InterPodAffinity), "node(s) didn't satisfy existing pods anti-affinity rules", resolvable: true);
            }
            return null;
        }

        public IPreparedFilter With(NodeInfo node, PodInfo other, bool removed)
        {
            var by = removed ? -1 : 1;
            var taken = new Dictionary<(string, string), int>(existing);
            foreach (var term in other.AntiAffinity) Add(taken, term, node, pod, snapshot, by);
            return new Prepared(pod, snapshot, taken, Adjust(affinity, pod.Affinity), Adjust(antiAffinity, pod.AntiAffinity), first);

            Dictionary<string, int>[] Adjust(Dictionary<string, int>[] counts, IReadOnlyList<AffinityTerm> terms) =>
                [.. counts.Select((c, i) =>
                {
                    if (!terms[i].Matches(other, snapshot.NamespaceLabels) || !node.Labels.TryGetValue(terms[i].TopologyKey, out var domain)) return c;
                    var changed = new Dictionary<string, int>(c, StringComparer.Ordinal);
                    changed[domain] = changed.GetValueOrDefault(domain) + by;
                    return changed;
                })];
        }
    }
}
