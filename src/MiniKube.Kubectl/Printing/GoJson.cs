using System.Globalization;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>JSON as Go writes it: members in the order of their names, and no character that HTML would take for its own.</summary>
internal static class GoJson
{
    public static string Indented(Json value, string step = "    ")
    {
        var text = new StringBuilder();
        Write(text, value, step, 0);
        return text.ToString();
    }

    public static string Compact(Json value)
    {
        var text = new StringBuilder();
        Write(text, value, null, 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, Json value, string? step, int depth)
    {
        switch (value)
        {
            case JsonMap { Count: > 0 } map:
                text.Append('{');
                var first = true;
                foreach (var (key, member) in map.OrderBy(m => m.Key, StringComparer.Ordinal))
                {
                    if (!first) text.Append(',');
                    first = false;
                    Line(text, step, depth + 1);
                    Quote(text, key);
                    text.Append(step is null ? ":" : ": ");
                    Write(text, member, step, depth + 1);
                }
                Line(text, step, depth);
                text.Append('}');
                break;
            case JsonList { Count: > 0 } list:
                text.Append('[');
                for (var i = 0; i < list.Count; i++)
                {
                    if (i > 0) text.Append(',');
                    Line(text, step, depth + 1);
                    Write(text, list[i], step, depth + 1);
                }
                Line(text, step, depth);
                text.Append(']');
                break;
            case JsonMap:
                text.Append("{}");
                break;
            case JsonList:
                text.Append("[]");
                break;
            case JsonText t:
                Quote(text, t.Value);
                break;
            case JsonNumber n:
                text.Append(Number(n));
                break;
            default:
                text.Append(value.ToString());
                break;
        }
    }

    public static string Number(JsonNumber number) => number.IsWhole ? number.Whole.ToString(CultureInfo.InvariantCulture)
        : Math.Abs(number.Real) is >= 1e-6 and < 1e21 ? number.Real.ToString("0.####################", CultureInfo.InvariantCulture)
        : number.Real.ToString("R", CultureInfo.InvariantCulture).Replace("E", "e");

    private static void Line(StringBuilder text, string? step, int depth)
    {
        if (step is null) return;
        text.Append('\n');
        for (var i = 0; i < depth; i++) text.Append(step);
    }

    private static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            switch (c)
            {
                case '"' or '\\':
                    text.Append('\\').Append(c);
                    break;
                case '\n' or '\r' or '\t' or '\b' or '\f':
                    text.Append('\\').Append("nrtbf"["\n\r\t\b\f".IndexOf(c)]);
                    break;
                case < ' ' or '<' or '>' or '&' or '\u2028' or '\u2029':
                    text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                    break;
                default:
                    text.Append(c);
                    break;
            }
        }
        text.Append('"');
    }
}
