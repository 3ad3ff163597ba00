using System.Text;

namespace MiniKube.Machinery;

public sealed record FieldRequirement(string Path, bool Equal, string Value);

/// <summary>A conjunction of (in)equalities on a kind's selectable fields: "status.phase!=Running,spec.nodeName=n1".</summary>
public sealed class FieldSelector(IReadOnlyList<FieldRequirement> requirements)
{
    public static readonly FieldSelector Everything = new([]);

    public IReadOnlyList<FieldRequirement> Requirements { get; } = requirements;

    public bool IsEverything => Requirements.Count == 0;

    public bool Matches(Func<string, string?> field)
    {
        foreach (var r in Requirements)
            if ((field(r.Path) ?? "") == r.Value != r.Equal) return false;
        return true;
    }

    /// <summary>The value a path must have, when the selector pins it.</summary>
    public string? Pinned(string path) => Requirements.FirstOrDefault(r => r.Equal && r.Path == path)?.Value;

    public static Result<FieldSelector> Parse(string? text)
    {
        if (string.IsNullOrEmpty(text)) return Everything;
        var all = new List<FieldRequirement>();
        foreach (var term in Split(text))
        {
            if (term.Length == 0) continue;
            var (at, symbol) = FindOperator(term);
            if (at < 0) return ApiError.BadRequest($"invalid selector: '{text}'; can't understand '{term}'");
            all.Add(new(term[..at], symbol != "!=", Unescape(term[(at + symbol.Length)..])));
        }
        return new FieldSelector(all);
    }

    private static (int At, string Symbol) FindOperator(string term)
    {
        for (var i = 0; i < term.Length; i++)
        {
            if (term[i] == '\\')
            {
                i++;
                continue;
            }
            if (string.CompareOrdinal(term, i, "!=", 0, 2) == 0) return (i, "!=");
            if (string.CompareOrdinal(term, i, "==", 0, 2) == 0) return (i, "==");
            if (term[i] == '=') return (i, "=");
        }
        return (-1, "");
    }

    private static IEnumerable<string> Split(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == ',')
            {
                yield return text[start..i];
                start = i + 1;
            }
        }
        yield return text[start..];
    }

    private static string Unescape(string value)
    {
        if (!value.Contains('\\')) return value;
        var plain = new StringBuilder();
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '\\' && i + 1 < value.Length) i++;
            plain.Append(value[i]);
        }
        return plain.ToString();
    }

    public override string ToString() =>
        string.Join(",", Requirements.Select(r => $"{r.Path}{(r.Equal ? "=" : "!=")}{r.Value}"));
}
