using MiniKube.Kinds.Meta;
using MiniKube.Machinery;

namespace MiniKube.ControlLoop;

/// <summary>From the typed selector of the API to one that matches. Null selects nothing, empty everything.</summary>
public static class Selection
{
    public static Selector Parsed(this Kinds.Meta.LabelSelector? selector)
    {
        if (selector is null) return Selector.Nothing;
        var all = new List<Requirement>();
        foreach (var (key, value) in selector.MatchLabels ?? new Dictionary<string, string>()) all.Add(new(key, LabelOperator.In, [value]));
        foreach (var e in selector.MatchExpressions ?? []) all.Add(Parsed(e));
        return new(all);
    }

    private static Requirement Parsed(LabelSelectorRequirement e) =>
        new(e.Key ?? "", Enum.TryParse<LabelOperator>(e.Operator, out var op) ? op : LabelOperator.In, e.Values ?? []);
}
