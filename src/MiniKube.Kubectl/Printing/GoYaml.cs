using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>YAML as kubectl writes it: sorted members, lists no deeper than their name, long lines broken at blanks.</summary>
internal static partial class GoYaml
{
    private const int Width = 80;

    public static string Write(Json value)
    {
        var text = new StringBuilder();
        if (value is JsonMap { Count: > 0 } or JsonList { Count: > 0 })
        {
            Block(text, value, 0, startsHere: true);
        }
        else
        {
            Scalar(text, value, 0);
            text.Append('\n');
        }
        return text.ToString();
    }

    private static void Block(StringBuilder text, Json value, int indent, bool startsHere)
    {
        if (value is JsonMap map)
        {
            foreach (var (key, member) in map.OrderBy(m => m.Key, NaturalOrder.Instance))
            {
                if (!startsHere) text.Append(' ', indent);
                startsHere = false;
                Text(text, key, indent, isKey: true);
                text.Append(':');
                Member(text, member, indent);
            }
        }
        else
        {
            foreach (var item in (JsonList)value)
            {
                if (!startsHere) text.Append(' ', indent);
                startsHere = false;
                text.Append('-');
                if (item is JsonMap { Count: > 0 } or JsonList { Count: > 0 })
                {
                    text.Append(' ');
                    Block(text, item, indent + 2, startsHere: true);
                }
                else
                {
                    text.Append(' ');
                    Scalar(text, item, indent);
                    text.Append('\n');
                }
            }
        }
    }

    private static void Member(StringBuilder text, Json member, int indent)
    {
        switch (member)
        {
            case JsonMap { Count: > 0 }:
                text.Append('\n');
                Block(text, member, indent + 2, startsHere: false);
                break;
            case JsonList { Count: > 0 }:
                text.Append('\n');
                Block(text, member, indent, startsHere: false);
                break;
            default:
                text.Append(' ');
                Scalar(text, member, indent);
                text.Append('\n');
                break;
        }
    }

    private static void Scalar(StringBuilder text, Json value, int indent)
    {
        switch (value)
        {
            case JsonText t:
                Text(text, t.Value, indent, isKey: false);
                break;
            case JsonNumber n:
                text.Append(GoJson.Number(n));
                break;
            case JsonMap:
                text.Append("{}");
                break;
            case JsonList:
                text.Append("[]");
                break;
            default:
                text.Append(value.ToString());
                break;
        }
    }

    private static void Text(StringBuilder text, string value, int indent, bool isKey)
    {
        var special = value.Any(c => c is not '\n' && (c < ' ' || c is '\x7f' or '\ufeff' || char.IsControl(c)));
        var spaceBreak = value.Contains(" \n", StringComparison.Ordinal);
        var typed = IsTyped(value);
        if (value.Contains('\n') && !isKey && !special && !spaceBreak && !value.EndsWith(' '))
        {
            Literal(text, value, indent + 2);
            return;
        }
        if (typed || special || value.Contains('\n')) Double(text, value, indent + 2, !isKey);
        else if (!IsPlain(value)) Single(text, value, indent + 2, !isKey);
        else Folded(text, value, indent + 2, !isKey, quoted: false);
    }

    private static bool IsPlain(string value)
    {
        if (value[0] == ' ' || value[^1] == ' ' || value.StartsWith("---", StringComparison.Ordinal) || value.StartsWith("...", StringComparison.Ordinal)) return false;
        if ("#,[]{}&*!|>'\"%@`".Contains(value[0])) return false;
        for (var i = 0; i < value.Length; i++)
        {
            var blankNext = i + 1 == value.Length || value[i + 1] is ' ' or '\n';
            if (blankNext && (value[i] == ':' || i == 0 && (value[i] is '-' or '?'))) return false;
            if (value[i] == '#' && i > 0 && value[i - 1] == ' ') return false;
        }
        return true;
    }

    private static void Literal(StringBuilder text, string value, int indent)
    {
        text.Append('|');
        if (value[0] is ' ' or '\n') text.Append('2');
        if (!value.EndsWith('\n')) text.Append('-');
        else if (value == "\n" || value.EndsWith("\n\n", StringComparison.Ordinal)) text.Append('+');
        foreach (var line in (value.EndsWith('\n') ? value[..^1] : value).Split('\n'))
        {
            text.Append('\n');
            if (line.Length > 0) text.Append(' ', indent).Append(line);
        }
    }

    private static void Single(StringBuilder text, string value, int indent, bool breaks)
    {
        text.Append('\'');
        Folded(text, value.Replace("'", "''"), indent, breaks, quoted: true);
        text.Append('\'');
    }

    private static void Folded(StringBuilder text, string value, int indent, bool breaks, bool quoted)
    {
        var column = Column(text);
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            var edge = quoted && (i == 0 || i == value.Length - 1);
            if (c == ' ' && breaks && !edge && column > Width && value[i - 1] != ' ' && i + 1 < value.Length && value[i + 1] != ' ')
            {
                text.Append('\n').Append(' ', indent);
                column = indent;
                continue;
            }
            text.Append(c);
            if (!char.IsLowSurrogate(c)) column++;
        }
    }

    private static void Double(StringBuilder text, string value, int indent, bool breaks)
    {
        text.Append('"');
        var column = Column(text);
        var spaces = false;
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (c == ' ' && breaks && !spaces && column > Width && i > 0 && i < value.Length - 1)
            {
                text.Append('\n').Append(' ', indent);
                column = indent;
                if (value[i + 1] == ' ') text.Append('\\');
                spaces = true;
                continue;
            }
            var shown = c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                '\r' => "\\r",
                '\0' => "\\0",
                '\a' => "\\a",
                '\b' => "\\b",
                '\v' => "\\v",
                '\f' => "\\f",
                '\x1b' => "\\e",
                '\ufeff' => "\\uFEFF",
                _ when c < ' ' || c is >= '\x7f' and < '\xa0' => string.Create(CultureInfo.InvariantCulture, $"\\x{(int)c:X2}"),
                _ => c.ToString(),
            };
            text.Append(shown);
            column += shown.Length;
            spaces = c == ' ';
        }
        text.Append('"');
    }

    private static int Column(StringBuilder text)
    {
        var at = text.Length;
        while (at > 0 && text[at - 1] != '\n') at--;
        return text.Length - at;
    }

    private static bool IsTyped(string text) =>
        text.Length == 0 || Words().IsMatch(text) || Integers().IsMatch(text.Replace("_", "")) && char.IsAsciiDigit(text.TrimStart('+', '-')[0])
        || Reals().IsMatch(text) || Sixties().IsMatch(text) || Times().IsMatch(text);

    [GeneratedRegex(@"\A(~|null|Null|NULL|y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF|true|True|TRUE|false|False|FALSE|<<|=|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\z")]
    private static partial Regex Words();

    [GeneratedRegex(@"\A[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[0-9]+)\z")]
    private static partial Regex Integers();

    [GeneratedRegex(@"\A[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex Reals();

    [GeneratedRegex(@"\A[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\z")]
    private static partial Regex Sixties();

    [GeneratedRegex(@"\A[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\.[0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})?)?\z")]
    private static partial Regex Times();
}

/// <summary>Numbers in names count as numbers, and letters come after everything else.</summary>
internal sealed class NaturalOrder : IComparer<string>
{
    public static readonly NaturalOrder Instance = new();

    public int Compare(string? x, string? y)
    {
        var (a, b) = (x!, y!);
        for (var i = 0; i < a.Length && i < b.Length; i++)
        {
            if (a[i] == b[i]) continue;
            var (letterA, letterB) = (char.IsLetter(a[i]), char.IsLetter(b[i]));
            if (letterA && letterB) return a[i].CompareTo(b[i]);
            if (letterA || letterB) return letterB ? -1 : 1;
            var lead = 0L;
            if (a[i] == '0' || b[i] == '0')
            {
                for (var j = i - 1; j >= 0 && char.IsDigit(a[j]); j--)
                {
                    if (a[j] == '0') continue;
                    lead = 1;
                    break;
                }
            }
            var (numberA, endA) = Number(a, i, lead);
            var (numberB, endB) = Number(b, i, lead);
            if (numberA != numberB) return numberA.CompareTo(numberB);
            return endA != endB ? endA.CompareTo(endB) : a[i].CompareTo(b[i]);
        }
        return a.Length.CompareTo(b.Length);
    }

    private static (long, int) Number(string text, int at, long lead)
    {
        for (; at < text.Length && char.IsDigit(text[at]); at++) lead = unchecked(lead * 10 + text[at] - '0');
        return (lead, at);
    }
}
