using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Scheduler;

public sealed class NodeAffinity : SimpleFilter
{
    public override string Name => nameof(NodeAffinity);

    protected override bool Concerns(PodInfo pod) =>
        pod.Spec.NodeSelector is { Count: > 0 } || pod.Spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution is not null;

    public override Rejection? Check(PodInfo pod, NodeInfo node) =>
        Allows(pod.Spec, node) ? null : Rejection.Of(Name, "node(s) didn't match Pod's node affinity/selector");

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
