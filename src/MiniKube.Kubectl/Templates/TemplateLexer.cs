using System.Text;

namespace MiniKube.Kubectl;

/// <summary>A piece of a template: text as it is, or the words of an action.</summary>
internal sealed record TemplatePart(string Text, IReadOnlyList<TemplateTerm>? Words);

/// <summary>A word of an action; in brackets, the words within, followed by a path.</summary>
internal sealed record TemplateTerm(string Text, bool Quoted = false, IReadOnlyList<TemplateTerm>? Inner = null);

internal static class TemplateLexer
{
    public static List<TemplatePart> Split(string text)
    {
        var parts = new List<TemplatePart>();
        var at = 0;
        var trimNext = false;
        while (true)
        {
            var open = text.IndexOf("{{", at, StringComparison.Ordinal);
            var literal = open < 0 ? text[at..] : text[at..open];
            if (trimNext) literal = literal.TrimStart();
            var trims = open >= 0 && open + 3 < text.Length && text[open + 2] == '-' && char.IsWhiteSpace(text[open + 3]);
            if (trims) literal = literal.TrimEnd();
            if (literal.Length > 0) parts.Add(new(literal, null));
            if (open < 0) return parts;
            var start = open + (trims ? 3 : 2);
            var close = Close(text, start);
            if (close < 0) throw new Failure("unclosed action");
            trimNext = text[close - 1] == '-' && char.IsWhiteSpace(text[close - 2]);
            var inside = text[start..(trimNext ? close - 1 : close)].Trim();
            at = close + 2;
            if (inside.StartsWith("/*", StringComparison.Ordinal)) continue;
            var position = 0;
            parts.Add(new(inside, Words(inside, ref position)));
        }
    }

    private static int Close(string text, int at)
    {
        char? quote = null;
        for (; at + 1 < text.Length; at++)
        {
            if (quote is not null)
            {
                if (text[at] == '\\' && quote == '"') at++;
                else if (text[at] == quote) quote = null;
            }
            else if (text[at] is '"' or '`') quote = text[at];
            else if (text[at] == '}' && text[at + 1] == '}') return at;
        }
        return -1;
    }

    private static List<TemplateTerm> Words(string text, ref int at)
    {
        var words = new List<TemplateTerm>();
        while (at < text.Length)
        {
            var c = text[at];
            if (char.IsWhiteSpace(c)) at++;
            else if (c == '|' || c == ',')
            {
                words.Add(new(c.ToString()));
                at++;
            }
            else if (c == ')')
            {
                return words;
            }
            else if (c == '(')
            {
                at++;
                var inner = Words(text, ref at);
                if (at >= text.Length) throw new Failure("unclosed left paren");
                at++;
                words.Add(new(Bare(text, ref at), Inner: inner));
            }
            else if (c is '"' or '`') words.Add(new(Quoted(text, ref at), Quoted: true));
            else words.Add(new(Bare(text, ref at)));
        }
        return words;
    }

    private static string Bare(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && !char.IsWhiteSpace(text[at]) && text[at] is not ('|' or ')' or '(' or '"' or '`' or ',')) at++;
        return text[start..at];
    }

    private static string Quoted(string text, ref int at)
    {
        var quote = text[at++];
        var plain = new StringBuilder();
        for (; at < text.Length && text[at] != quote; at++)
        {
            if (quote == '"' && text[at] == '\\' && at + 1 < text.Length)
            {
                at++;
                plain.Append(text[at] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', var c => c });
            }
            else plain.Append(text[at]);
        }
        at++;
        return plain.ToString();
    }
}
