using MiniKube.Kinds.Core;

namespace MiniKube.Scheduler;

/// <summary>No domain may be ahead of the emptiest one by more than the skew.</summary>
public sealed class PodTopologySpread(SpreadDefaults defaults) : IFilter
{
    public string Name => nameof(PodTopologySpread);

    public IPreparedFilter? Prepare(PodInfo pod, Snapshot snapshot)
    {
        var terms = defaults.For(pod, required: true);
        if (terms.Length == 0) return null;
        return new Prepared(Name, pod, [.. terms.Select(t => new Term(t, Count(pod, t, terms, snapshot), t.Selector.Matches(pod.Labels)))]);
    }

    private static Dictionary<string, int> Count(PodInfo pod, SpreadTerm term, SpreadTerm[] all, Snapshot snapshot)
    {
        var matching = snapshot.Matching(pod.Namespace, term.Selector);
        var domains = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var slot = 0; slot < snapshot.Count; slot++)
        {
            var node = snapshot.Nodes[slot];
            if (!Counts(pod, term, node) || !all.All(t => node.Labels.ContainsKey(t.TopologyKey))) continue;
            var domain = node.Labels[term.TopologyKey];
            domains[domain] = domains.GetValueOrDefault(domain) + matching[slot];
        }
        return domains;
    }

    private static bool Counts(PodInfo pod, SpreadTerm term, NodeInfo node) =>
        (!term.HonorAffinity || NodeMatch.Allows(pod.Spec, node.Name, node.Labels)) &&
        (!term.HonorTaints || node.Taints.All(t => t.Effect == "PreferNoSchedule" || Tolerations.Tolerates(pod.Tolerations, t)));

    private sealed record Term(SpreadTerm Spec, Dictionary<string, int> Domains, bool CountsItself)
    {
        public int Least => Domains.Count < Spec.MinDomains || Domains.Count == 0 ? 0 : Domains.Values.Min();
    }

    private sealed class Prepared(string name, PodInfo pod, Term[] terms) : IPreparedFilter
    {
        private readonly int[] least = [.. terms.Select(t => t.Least)];

        public Rejection? Check(NodeInfo node)
        {
            for (var i = 0; i < terms.Length; i++)
            {
                var term = terms[i];
                if (!node.Labels.TryGetValue(term.Spec.TopologyKey, out var domain))
                    return Rejection.Of(name, "node(s) didn't match pod topology spread constraints (missing required label)");
                var after = term.Domains.GetValueOrDefault(domain) + (term.CountsItself ? 1 : 0);
                if (after - least[i] > term.Spec.MaxSkew)
                    return Rejection.Of(name, "node(s) didn't match pod topology spread constraints", resolvable: true);
            }
            return null;
        }

        public IPreparedFilter With(NodeInfo node, PodInfo other, bool removed)
        {
            if (other.Namespace != pod.Namespace || other.Item.BeingDeleted) return this;
            return new Prepared(name, pod, [.. terms.Select(t =>
            {
                if (!t.Spec.Selector.Matches(other.Labels) || !Counts(pod, t.Spec, node) ||
                    !node.Labels.TryGetValue(t.Spec.TopologyKey, out var domain)) return t;
                var domains = new Dictionary<string, int>(t.Domains, StringComparer.Ordinal);
                domains[domain] = domains.GetValueOrDefault(domain) + (removed ? -1 : 1);
                return t with { Domains = domains };
            })]);
        }
    }
}
