using MiniKube.Machinery;

namespace MiniKube.ControlLoop;

/// <summary>What indexes need to know of a selector.</summary>
public static class Selectors
{
    public static bool SelectsNothing(this Selector selector)
    {
        foreach (var r in selector.Requirements)
            if (r.Operator == LabelOperator.In && r.Values.Count == 0) return true;
        return false;
    }

    /// <summary>Exact pairs, as in a Service's or ReplicationController's selector; none select nothing.</summary>
    public static Selector OfPairs(IReadOnlyDictionary<string, string>? pairs) =>
        pairs is null or { Count: 0 } ? Selector.Nothing : Selector.FromLabels(pairs);

    /// <summary>"key=value" and "key" of requirements without which there is no match: what to look up in a label index.</summary>
    public static IEnumerable<string> Anchors(this Selector selector)
    {
        foreach (var r in selector.Requirements)
        {
            if (r.Operator == LabelOperator.In && r.Values.Count == 1) yield return $"{r.Key}={r.Values[0]}";
            else if (r.Operator is LabelOperator.In or LabelOperator.Exists or LabelOperator.Gt or LabelOperator.Lt) yield return r.Key;
        }
    }
}
