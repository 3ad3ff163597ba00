using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>Labels of a new pod's own that its affinity and spread terms name by key become requirements of their selectors.</summary>
internal static class MatchLabelKeys
{
    private static readonly string[] Rules = ["requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"];

    public static void Apply(JsonMap pod)
    {
        if (pod.Map("metadata")?.Map("labels") is not { Count: > 0 } labels || pod.Map("spec") is not { } spec) return;
        foreach (var side in (ReadOnlySpan<string>)["podAffinity", "podAntiAffinity"])
            foreach (var term in Rules.SelectMany(rule => (spec.Map("affinity")?.Map(side)?.List(rule) ?? []).Maps()))
                Apply(term.Map("podAffinityTerm") ?? term, labels);
        foreach (var constraint in (spec.List("topologySpreadConstraints") ?? []).Maps()) Apply(constraint, labels);
    }

    private static void Apply(JsonMap term, JsonMap labels)
    {
        if (term.Map("labelSelector") is not { } selector) return;
        Require(selector, term.List("matchLabelKeys"), "In", labels);
        Require(selector, term.List("mismatchLabelKeys"), "NotIn", labels);
    }

    private static void Require(JsonMap selector, JsonList? keys, string op, JsonMap labels)
    {
        foreach (var key in keys?.Texts() ?? [])
            if (labels.Text(key) is { } value)
                selector.ListOrNew("matchExpressions").Add(new JsonMap { { "key", key }, { "operator", op }, { "values", JsonList.OfTexts([value]) } });
    }

    /// <summary>What a key stands for mustn't be said otherwise too. What the key itself came to be stands in the selector already.</summary>
    public static void Check(Spot term, Spot at)
    {
        var keys = term["matchLabelKeys"].Texts.ToList();
        var said = term["labelSelector"]["matchLabels"].Map.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var expression in term["labelSelector"]["matchExpressions"].Items())
        {
            var key = expression["key"].Text;
            if (keys.IndexOf(key) is var i and >= 0 && said.Contains(key)) at.Under($"{at.Path}[{i}]").Invalid(key, "exists in both matchLabelKeys and labelSelector");
            said.Add(key);
        }
    }
}
