using System.Globalization;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>One path: members, indexes and slices, wildcards, descents, unions and filters.</summary>
internal sealed class PathExpression
{
    private abstract record Step
    {
        public sealed record Root : Step;
        public sealed record Member(string Name) : Step;
        public sealed record Members(IReadOnlyList<string> Names) : Step;
        public sealed record Slice(int? From, int? To, int? By) : Step;
        public sealed record Indexes(IReadOnlyList<int> At) : Step;
        public sealed record All : Step;
        public sealed record Descend : Step;
        public sealed record Where(Operand Left, string Operator, Operand? Right) : Step;
    }

    private sealed record Operand(PathExpression? Path, Json? Literal);

    private readonly List<Step> steps = [];

    public static PathExpression Parse(string text, string whole)
    {
        var path = new PathExpression();
        var at = 0;
        if (text.Length > 0 && text[0] is '$' or '@')
        {
            if (text[0] == '$') path.steps.Add(new Step.Root());
            at++;
        }
        while (at < text.Length)
        {
            if (text[at] == '.') path.Dotted(text, ref at);
            else if (text[at] == '[') path.Bracket(text, ref at, whole);
            else if (at == 0) path.Name(text, ref at);
            else if (text[at] == ' ') at++;
            else throw new Failure($"error parsing jsonpath {whole}, unrecognized character in action: U+{(int)text[at]:X4} '{text[at]}'");
        }
        return path;
    }

    public IEnumerable<Json> Find(Json root, Json current, bool strict)
    {
        IEnumerable<Json> found = [current];
        foreach (var step in steps)
        {
            found = [.. found.SelectMany(f => Take(step, root, f, strict))];
        }
        return found;
    }

    private static IEnumerable<Json> Take(Step step, Json root, Json value, bool strict)
    {
        switch (step)
        {
            case Step.Root:
                return [root];
            case Step.Member member:
                if (value is JsonMap map && map[member.Name] is { } one) return [one];
                return strict ? throw new Failure($"error executing jsonpath: {member.Name} is not found") : [];
            case Step.Members members:
                return value is JsonMap several ? members.Names.Select(n => several[n]).OfType<Json>() : [];
            case Step.Indexes indexes:
                if (value is not JsonList list) return [];
                if (indexes.At.FirstOrDefault(i => i >= list.Count || i < -list.Count) is var outside && indexes.At.Any(i => i >= list.Count || i < -list.Count))
                    throw new Failure($"array index out of bounds: index {outside}, length {list.Count}");
                return indexes.At.Select(i => list[i < 0 ? list.Count + i : i]);
            case Step.Slice slice:
                return value is JsonList whole ? Sliced(whole, slice) : [];
            case Step.All:
                return value switch { JsonList all => all, JsonMap members => members.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => m.Value), _ => [] };
            case Step.Descend:
                return Below(value);
            case Step.Where where:
                return value switch { JsonList items => items.Where(i => Holds(where, root, i)), JsonMap inner => inner.Select(m => m.Value).Where(i => Holds(where, root, i)), _ => [] };
            default:
                return [];
        }
    }

    private static IEnumerable<Json> Below(Json value) => value switch
    {
        JsonMap map => map.OrderBy(m => m.Key, StringComparer.Ordinal).SelectMany(m => Below(m.Value)).Prepend(value),
        JsonList list => list.SelectMany(Below).Prepend(value),
        _ => [value],
    };

    private static IEnumerable<Json> Sliced(JsonList list, Step.Slice slice)
    {
        int From(int? at, int standard) => at is not { } i ? standard : i < 0 ? Math.Max(0, list.Count + i) : Math.Min(i, list.Count);
        var by = slice.By ?? 1;
        for (var i = From(slice.From, 0); i < From(slice.To, list.Count); i += Math.Max(1, by)) yield return list[i];
    }

    private static bool Holds(Step.Where where, Json root, Json item)
    {
        Json? Value(Operand o) => o.Literal ?? o.Path!.Find(root, item, false).FirstOrDefault();
        var left = Value(where.Left);
        if (where.Right is null) return left is not null;
        if (left is null || Value(where.Right) is not { } right) return false;
        int? order = (left, right) switch
        {
            (JsonNumber a, JsonNumber b) => a.Real.CompareTo(b.Real),
            (JsonText a, JsonText b) => string.CompareOrdinal(a.Value, b.Value),
            _ => null,
        };
        return where.Operator switch
        {
            "==" => left.SameAs(right),
            "!=" => !left.SameAs(right),
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        };
    }

    private void Dotted(string text, ref int at)
    {
        at++;
        if (at < text.Length && text[at] == '.')
        {
            steps.Add(new Step.Descend());
            at++;
        }
        if (at < text.Length && text[at] == '*')
        {
            steps.Add(new Step.All());
            at++;
        }
        else if (at < text.Length && text[at] != '[') Name(text, ref at);
    }

    private void Name(string text, ref int at)
    {
        var name = new StringBuilder();
        for (; at < text.Length && text[at] is not ('.' or '[' or ' '); at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length) at++;
            name.Append(text[at]);
        }
        if (name.Length > 0) steps.Add(new Step.Member(name.ToString()));
    }

    private void Bracket(string text, ref int at, string whole)
    {
        var close = Closing(text, at, '[', ']');
        if (close < 0) throw new Failure($"error parsing jsonpath {whole}, unterminated array");
        var inside = text[(at + 1)..close].Trim();
        at = close + 1;
        if (inside == "*") steps.Add(new Step.All());
        else if (inside.StartsWith("?(", StringComparison.Ordinal) && inside.EndsWith(')')) steps.Add(Filter(inside[2..^1], whole));
        else if (inside.Length > 1 && inside[0] is '\'' or '"') steps.Add(new Step.Members([.. inside.Split(',').Select(n => Unquote(n.Trim()))]));
        else if (inside.Contains(':'))
        {
            var parts = inside.Split(':').Select(p => p.Trim()).Select(p => p.Length == 0 ? (int?)null : Index(p, inside, whole)).ToArray();
            steps.Add(new Step.Slice(parts[0], parts[1], parts.Length > 2 ? parts[2] : null));
        }
        else steps.Add(new Step.Indexes([.. inside.Split(',').Select(p => Index(p.Trim(), inside, whole))]));
    }

    private static int Index(string text, string inside, string whole) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var i) ? i : throw new Failure($"error parsing jsonpath {whole}, invalid array index {inside}");

    private static Step.Where Filter(string text, string whole)
    {
        char? quote = null;
        for (var i = 0; i < text.Length; i++)
        {
            if (quote is not null)
            {
                if (text[i] == quote) quote = null;
            }
            else if (text[i] is '"' or '\'') quote = text[i];
            else if (text[i] is '=' or '!' or '<' or '>')
            {
                var op = i + 1 < text.Length && text[i + 1] == '=' ? text.Substring(i, 2) : text[i].ToString();
                return new(Side(text[..i], whole), op, Side(text[(i + op.Length)..], whole));
            }
        }
        return new(Side(text, whole), "", null);
    }

    private static Operand Side(string text, string whole)
    {
        text = text.Trim();
        if (text.Length > 0 && text[0] is '@' or '$' or '.') return new(Parse(text, whole), null);
        if (text.Length > 1 && text[0] is '"' or '\'') return new(null, Unquote(text));
        if (text is "true" or "false") return new(null, text == "true");
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? new(null, number == Math.Floor(number) && Math.Abs(number) < 1e15 ? (long)number : number)
            : throw new Failure($"error parsing jsonpath {whole}, unrecognized identifier {text}");
    }

    /// <summary>Where the bracket that opens at a place is closed; quoted ones don't count.</summary>
    public static int Closing(string text, int open, char opens, char closes)
    {
        char? quote = null;
        var depth = 0;
        for (var i = open; i < text.Length; i++)
        {
            if (quote is not null)
            {
                if (text[i] == '\\') i++;
                else if (text[i] == quote) quote = null;
            }
            else if (text[i] is '\'' or '"') quote = text[i];
            else if (text[i] == opens) depth++;
            else if (text[i] == closes && --depth == 0) return i;
        }
        return -1;
    }

    public static string Unquote(string text)
    {
        if (text.Length < 2 || text[0] is not ('"' or '\'') || text[^1] != text[0]) return text;
        var plain = new StringBuilder();
        for (var i = 1; i < text.Length - 1; i++)
        {
            if (text[i] != '\\' || i + 2 >= text.Length)
            {
                plain.Append(text[i]);
                continue;
            }
            i++;
            plain.Append(text[i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', var c => c });
        }
        return plain.ToString();
    }
}
