using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Scheduler;

/// <summary>What the pod asks of its node, and what its scheduler's configuration asks of every pod's node.</summary>
public sealed class NodeAffinity(Kinds.Core.NodeAffinity? added = null) : SimpleFilter
{
    public override string Name => nameof(NodeAffinity);

    protected override bool Concerns(PodInfo pod, Snapshot snapshot) => added?.RequiredDuringSchedulingIgnoredDuringExecution is not null ||
        pod.Spec.NodeSelector is { Count: > 0 } || pod.Spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution is not null;

    public override Rejection? Check(PodInfo pod, NodeInfo node)
    {
        if (added?.RequiredDuringSchedulingIgnoredDuringExecution is { } enforced && !Matches(enforced, node.Name, node.Labels))
            return Rejection.Of(Name, "node(s) didn't match scheduler-enforced node affinity");
        return Allows(pod.Spec, node) ? null : Rejection.Of(Name, "node(s) didn't match Pod's node affinity/selector");
    }

    /// <summary>Terms that all name nodes, as those of DaemonSets' pods do, leave no others to look at.</summary>
    protected override IReadOnlySet<string>? Only(PodInfo pod)
    {
        if (pod.Spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution?.NodeSelectorTerms is not { Count: > 0 } terms) return null;
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var term in terms)
        {
            HashSet<string>? names = null;
            foreach (var e in term.MatchFields ?? [])
            {
                if (e is not { Key: "metadata.name", Operator: "In" }) continue;
                if (names is null) names = [.. e.Values ?? []];
                else names.IntersectWith(e.Values ?? []);
            }
            if (names is null) return null;
            named.UnionWith(names);
        }
        return named;
    }

    protected override string? HopelessFor(IReadOnlySet<string>? only) => only is { Count: 0 } ? "pod affinity terms conflict" : null;

    public static bool Allows(PodSpec spec, NodeInfo node) => Allows(spec, node.Name, node.Labels);

    public static bool Allows(PodSpec spec, string name, IReadOnlyDictionary<string, string> labels)
    {
        foreach (var (key, value) in spec.NodeSelector ?? new Dictionary<string, string>())
            if (labels.GetValueOrDefault(key) != value) return false;
        return spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution is not { } required || Matches(required, name, labels);
    }

    /// <summary>Any of the terms; a term without conditions matches nothing.</summary>
    public static bool Matches(NodeSelector selector, string name, IReadOnlyDictionary<string, string> labels)
    {
        foreach (var term in selector.NodeSelectorTerms ?? [])
            if (Matches(term, name, labels)) return true;
        return false;
    }

    public static bool Matches(NodeSelectorTerm term, string name, IReadOnlyDictionary<string, string> labels)
    {
        if ((term.MatchExpressions?.Count ?? 0) + (term.MatchFields?.Count ?? 0) == 0) return false;
        foreach (var e in term.MatchExpressions ?? [])
            if (!Parsed(e).Matches(labels.GetValueOrDefault(e.Key ?? ""))) return false;
        foreach (var e in term.MatchFields ?? [])
            if (!Parsed(e).Matches(e.Key == "metadata.name" ? name : null)) return false;
        return true;
    }

    private static Requirement Parsed(NodeSelectorRequirement e) =>
        new(e.Key ?? "", Enum.TryParse<LabelOperator>(e.Operator, out var op) ? op : LabelOperator.In, e.Values ?? []);
}
