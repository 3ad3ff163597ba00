using MiniKube.Kinds.Meta;

namespace MiniKube.Controllers;

/// <summary>A selector as upstream's messages show it.</summary>
internal static class GoSelector
{
    public static string Of(LabelSelector? selector)
    {
        if (selector is null) return "nil";
        var labels = string.Concat((selector.MatchLabels ?? new Dictionary<string, string>()).OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}: {l.Value},"));
        var rules = string.Concat((selector.MatchExpressions ?? []).Select(e =>
            $"LabelSelectorRequirement{{Key:{e.Key},Operator:{e.Operator},Values:[{string.Join(' ', e.Values ?? [])}],}},"));
        return $"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{rules}}},}}";
    }
}
