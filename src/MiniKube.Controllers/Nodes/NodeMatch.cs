using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>Node selectors and tolerations, as far as controllers need them.</summary>
public static class NodeMatch
{
    public static bool Allows(PodSpec spec, string name, IReadOnlyDictionary<string, string> labels)
    {
        foreach (var (key, value) in spec.NodeSelector ?? new Dictionary<string, string>())
            if (labels.GetValueOrDefault(key) != value) return false;
        if (spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution is not { } required) return true;
        return (required.NodeSelectorTerms ?? []).Any(term => (term.MatchExpressions?.Count ?? 0) + (term.MatchFields?.Count ?? 0) > 0 &&
            (term.MatchExpressions ?? []).All(e => Parsed(e).Matches(labels.GetValueOrDefault(e.Key ?? ""))) &&
            (term.MatchFields ?? []).All(e => Parsed(e).Matches(e.Key == "metadata.name" ? name : null)));
    }

    public static bool Tolerates(Toleration toleration, Taint taint) =>
        (toleration.Effect is null or "" || toleration.Effect == taint.Effect) &&
        (toleration.Key is null or "" || toleration.Key == taint.Key) &&
        (toleration.Operator == "Exists" || toleration.Operator is null or "" or "Equal" && (toleration.Value ?? "") == (taint.Value ?? ""));

    private static Requirement Parsed(NodeSelectorRequirement e) =>
        new(e.Key ?? "", Enum.TryParse<LabelOperator>(e.Operator, out var op) ? op : LabelOperator.In, e.Values ?? []);
}
