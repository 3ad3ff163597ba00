namespace MiniKube.Machinery;

public enum LabelOperator
{
    In,
    NotIn,
    Exists,
    DoesNotExist,
    Gt,
    Lt,
}

public sealed record Requirement(string Key, LabelOperator Operator, IReadOnlyList<string> Values)
{
    /// <summary>Whether an object whose label of this key has this value (null: has no such label) is selected.</summary>
    public bool Matches(string? value) => Operator switch
    {
        LabelOperator.In => value is not null && Values.Contains(value),
        LabelOperator.NotIn => value is null || !Values.Contains(value),
        LabelOperator.Exists => value is not null,
        LabelOperator.DoesNotExist => value is null,
        LabelOperator.Gt => long.TryParse(value, out var actual) && long.TryParse(Values[0], out var bound) && actual > bound,
        _ => long.TryParse(value, out var actual) && long.TryParse(Values[0], out var bound) && actual < bound,
    };
}

/// <summary>A conjunction of requirements on labels. The empty selector selects everything.</summary>
public sealed class LabelSelector(IReadOnlyList<Requirement> requirements)
{
    public static readonly LabelSelector Everything = new([]);

    /// <summary>Selects no object at all: what a null LabelSelector means.</summary>
    public static readonly LabelSelector Nothing = new([new Requirement("", LabelOperator.In, [])]);

    public IReadOnlyList<Requirement> Requirements { get; } = requirements;

    public bool IsEverything => Requirements.Count == 0;

    public bool Matches(Func<string, string?> label)
    {
        foreach (var r in Requirements)
            if (!r.Matches(label(r.Key))) return false;
        return true;
    }

    public bool Matches(JsonMap? labels) => Matches(key => labels?.Text(key));

    public bool Matches(IReadOnlyDictionary<string, string>? labels) => Matches(key => labels?.GetValueOrDefault(key));

    /// <summary>From the object form: matchLabels and matchExpressions. Null selects nothing, empty everything.</summary>
    public static LabelSelector From(JsonMap? selector)
    {
        if (selector is null) return Nothing;
        var all = new List<Requirement>();
        foreach (var (key, value) in selector.Map("matchLabels") ?? [])
            if (value is JsonText text) all.Add(new(key, LabelOperator.In, [text.Value]));
        foreach (var e in (selector.List("matchExpressions") ?? []).Maps())
            if (Enum.TryParse<LabelOperator>(e.Text("operator"), out var op))
                all.Add(new(e.Text("key") ?? "", op, [.. (e.List("values") ?? []).Texts()]));
        return new(all);
    }

    public static LabelSelector FromLabels(IEnumerable<KeyValuePair<string, string>> labels) =>
        new([.. labels.Select(l => new Requirement(l.Key, LabelOperator.In, [l.Value]))]);

    /// <summary>The query form: "a=b,c in (d,e),!f".</summary>
    public static Result<LabelSelector> Parse(string? text)
    {
        if (string.IsNullOrEmpty(text)) return Everything;
        return new LabelSelectorParser(text).Parse();
    }

    public override string ToString() => string.Join(",", Requirements.Select(r => r.Operator switch
    {
        LabelOperator.In when r.Values.Count == 1 => $"{r.Key}={r.Values[0]}",
        LabelOperator.In => $"{r.Key} in ({string.Join(",", r.Values)})",
        LabelOperator.NotIn when r.Values.Count == 1 => $"{r.Key}!={r.Values[0]}",
        LabelOperator.NotIn => $"{r.Key} notin ({string.Join(",", r.Values)})",
        LabelOperator.Exists => r.Key,
        LabelOperator.DoesNotExist => $"!{r.Key}",
        LabelOperator.Gt => $"{r.Key}>{r.Values[0]}",
        _ => $"{r.Key}<{r.Values[0]}",
    }));
}
