using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>Whether a pod may be on a node: its selectors against the node's labels, its tolerations against the taints. One answer for whoever places pods and for the node itself.</summary>
public static class NodeMatch
{
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

    public static bool Tolerates(Toleration toleration, Taint taint) =>
        (toleration.Effect is null or "" || toleration.Effect == taint.Effect) &&
        (toleration.Key is null or "" || toleration.Key == taint.Key) &&
        (toleration.Operator == "Exists" || toleration.Operator is null or "" or "Equal" && (toleration.Value ?? "") == (taint.Value ?? ""));

    private static Requirement Parsed(NodeSelectorRequirement e) =>
        new(e.Key ?? "", Enum.TryParse<LabelOperator>(e.Operator, out var op) ? op : LabelOperator.In, e.Values ?? []);
}
