using System.Globalization;

namespace MiniKube.Machinery;

/// <summary>
/// The simple paths that custom resource definitions use: members, indexes, wildcards and comparisons, as in
/// ".status.conditions[?(@.type=='Ready')].status".
/// </summary>
public sealed class JsonPath
{
    private abstract record Step
    {
        public sealed record Member(string Name) : Step;
        public sealed record Index(int At) : Step;
        public sealed record All : Step;
        public sealed record Where(JsonPath Left, string Operator, Json Right) : Step;
    }

    private readonly List<Step> steps = [];

    private JsonPath() { }

    /// <summary>Null when the text is no path.</summary>
    public static JsonPath? Parse(string text)
    {
        var path = new JsonPath();
        text = text.Trim();
        if (text.StartsWith('{') && text.EndsWith('}')) text = text[1..^1];
        if (text.StartsWith('$')) text = text[1..];
        var at = 0;
        while (at < text.Length)
        {
            if (text[at] == '.')
            {
                if (!path.Member(text, ref at)) return null;
            }
            else if (text[at] == '[')
            {
                if (!path.Bracket(text, ref at)) return null;
            }
            else
            {
                return null;
            }
        }
        return path;
    }

    /// <summary>Whether the path names members only.</summary>
    public bool IsPlain => steps.All(s => s is Step.Member);

    public IEnumerable<string> Members => steps.OfType<Step.Member>().Select(m => m.Name);

    public IEnumerable<Json> All(Json root)
    {
        IEnumerable<Json> found = [root];
        foreach (var step in steps) found = found.SelectMany(f => Take(f, step));
        return found;
    }

    public Json? First(Json root) => All(root).FirstOrDefault();

    private static IEnumerable<Json> Take(Json value, Step step)
    {
        switch (step)
        {
            case Step.Member member:
                return value is JsonMap map && map[member.Name] is { } found ? [found] : [];
            case Step.Index index when value is JsonList list:
                var at = index.At < 0 ? list.Count + index.At : index.At;
                return at >= 0 && at < list.Count ? [list[at]] : [];
            case Step.All:
                return value switch { JsonList all => all, JsonMap members => members.Select(m => m.Value), _ => [] };
            case Step.Where where when value is JsonList list:
                return list.Where(item => Holds(where, item));
            default:
                return [];
        }
    }

    private static bool Holds(Step.Where where, Json item)
    {
        if (where.Left.First(item) is not { } left) return false;
        if (where.Operator.Length == 0) return true;
        var order = (left, where.Right) switch
        {
            (JsonNumber a, JsonNumber b) => a.Real.CompareTo(b.Real),
            (JsonText a, JsonText b) => string.CompareOrdinal(a.Value, b.Value),
            _ => left.SameAs(where.Right) ? 0 : 1,
        };
        return where.Operator switch { "==" => order == 0, "!=" => order != 0, "<" => order < 0, "<=" => order <= 0, ">" => order > 0, ">=" => order >= 0, _ => false };
    }

    private bool Member(string text, ref int at)
    {
        var name = new System.Text.StringBuilder();
        for (at++; at < text.Length && text[at] is not ('.' or '['); at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length) at++;
            name.Append(text[at]);
        }
        if (name.Length == 0) return at == text.Length || text[at] == '[';
        steps.Add(name.ToString() == "*" ? new Step.All() : new Step.Member(name.ToString()));
        return true;
    }

    private bool Bracket(string text, ref int at)
    {
        var end = Closing(text, at);
        if (end < 0) return false;
        var inside = text[(at + 1)..end].Trim();
        at = end + 1;
        if (inside == "*") steps.Add(new Step.All());
        else if (inside.StartsWith("?(", StringComparison.Ordinal) && inside.EndsWith(')')) return Filter(inside[2..^1]);
        else if (inside.Length > 1 && inside[0] is '\'' or '"' && inside[^1] == inside[0]) steps.Add(new Step.Member(inside[1..^1]));
        else if (int.TryParse(inside, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index)) steps.Add(new Step.Index(index));
        else return false;
        return true;
    }

    private static int Closing(string text, int open)
    {
        char? quote = null;
        var depth = 0;
        for (var i = open; i < text.Length; i++)
        {
            if (quote is { } q)
            {
                if (text[i] == q) quote = null;
            }
            else if (text[i] is '\'' or '"') quote = text[i];
            else if (text[i] == '[') depth++;
            else if (text[i] == ']' && --depth == 0) return i;
        }
        return -1;
    }

    private bool Filter(string text)
    {
        foreach (var op in (ReadOnlySpan<string>)["==", "!=", "<=", ">=", "<", ">"])
        {
            var at = text.IndexOf(op, StringComparison.Ordinal);
            if (at < 0) continue;
            if (Relative(text[..at]) is not { } left || Literal(text[(at + op.Length)..].Trim()) is not { } right) return false;
            steps.Add(new Step.Where(left, op, right));
            return true;
        }
        if (Relative(text) is not { } path) return false;
        steps.Add(new Step.Where(path, "", Json.Null));
        return true;
    }

    private static JsonPath? Relative(string text)
    {
        text = text.Trim();
        return text.StartsWith('@') ? Parse(text[1..]) : null;
    }

    private static Json? Literal(string text)
    {
        if (text.Length > 1 && text[0] is '\'' or '"' && text[^1] == text[0]) return text[1..^1];
        if (text is "true" or "false") return text == "true";
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number == Math.Floor(number) && Math.Abs(number) < 1e15 ? (long)number : number
            : null;
    }
}
