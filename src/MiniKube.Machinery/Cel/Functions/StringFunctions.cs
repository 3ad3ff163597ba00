using System.Globalization;
using System.Text;

namespace MiniKube.Machinery.Cel.Functions;

/// <summary>The strings extension. Positions count characters, not UTF-16 units.</summary>
internal static class StringFunctions
{
    public static IEnumerable<(string, CelFunction)> All =>
    [
        ("jsonpatch.escapeKey", a => a is [string s] ? s.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal) : CelLibrary.NotMine),
        ("charAt", a => a is [string s, long at] ? CharAt(Runes(s), at) : CelLibrary.NotMine),
        ("indexOf", a => a switch
        {
            [string s, string part] => IndexOf(s, part, 0),
            [string s, string part, long from] => IndexOf(s, part, from),
            _ => CelLibrary.NotMine,
        }),
        ("lastIndexOf", a => a switch
        {
            [string s, string part] => LastIndexOf(s, part, null),
            [string s, string part, long from] => LastIndexOf(s, part, from),
            _ => CelLibrary.NotMine,
        }),
        ("lowerAscii", a => a is [string s] ? string.Concat(s.Select(c => c is >= 'A' and <= 'Z' ? (char)(c + 32) : c)) : CelLibrary.NotMine),
        ("upperAscii", a => a is [string s] ? string.Concat(s.Select(c => c is >= 'a' and <= 'z' ? (char)(c - 32) : c)) : CelLibrary.NotMine),
        ("replace", a => a switch
        {
            [string s, string old, string with] => Replace(s, old, with, -1),
            [string s, string old, string with, long most] => Replace(s, old, with, most),
            _ => CelLibrary.NotMine,
        }),
        ("split", a => a switch
        {
            [string s, string by] => Split(s, by, -1),
            [string s, string by, long most] => Split(s, by, most),
            _ => CelLibrary.NotMine,
        }),
        ("substring", a => a switch
        {
            [string s, long from] => Substring(Runes(s), from, null),
            [string s, long from, long to] => Substring(Runes(s), from, to),
            _ => CelLibrary.NotMine,
        }),
        ("trim", a => a is [string s] ? s.Trim() : CelLibrary.NotMine),
        ("reverse", a => a is [string s] ? string.Concat(Runes(s).Reverse()) : CelLibrary.NotMine),
        ("join", a => a switch
        {
            [object?[] l] when l.All(i => i is string) => string.Concat(l.Cast<string>()),
            [object?[] l, string by] when l.All(i => i is string) => string.Join(by, l.Cast<string>()),
            _ => CelLibrary.NotMine,
        }),
        ("format", a => a is [string pattern, object?[] values] ? Format(pattern, values) : CelLibrary.NotMine),
    ];

    private static string[] Runes(string text) => [.. text.EnumerateRunes().Select(r => r.ToString())];

    private static object CharAt(string[] runes, long at) =>
        at == runes.Length ? "" : at >= 0 && at < runes.Length ? runes[at] : new CelError($"index out of range: {at}");

    private static object IndexOf(string text, string part, long from)
    {
        var runes = Runes(text);
        if (from < 0 || from > runes.Length) return part.Length == 0 && from >= 0 ? from : new CelError($"index out of range: {from}");
        var before = string.Concat(runes.Take((int)from));
        var at = text.IndexOf(part, before.Length, StringComparison.Ordinal);
        return at < 0 ? -1L : (long)Runes(text[..at]).Length;
    }

    private static object LastIndexOf(string text, string part, long? from)
    {
        var runes = Runes(text);
        if (from < 0 || from >= runes.Length) return new CelError($"index out of range: {from}");
        var within = from is { } most ? string.Concat(runes.Take((int)most + Math.Max(1, Runes(part).Length))) : text;
        var at = within.LastIndexOf(part, StringComparison.Ordinal);
        return at < 0 ? -1L : (long)Runes(text[..at]).Length;
    }

    private static string Replace(string text, string old, string with, long most)
    {
        if (most < 0 && old.Length > 0) return text.Replace(old, with, StringComparison.Ordinal);
        var result = new StringBuilder();
        var at = 0;
        for (; most != 0; most--)
        {
            var found = text.IndexOf(old, at, StringComparison.Ordinal);
            if (found < 0 || old.Length == 0) break;
            result.Append(text, at, found - at).Append(with);
            at = found + old.Length;
        }
        return result.Append(text, at, text.Length - at).ToString();
    }

    private static object?[] Split(string text, string by, long most)
    {
        if (most == 0) return [];
        if (by.Length == 0)
        {
            var runes = Runes(text);
            return most < 0 || most >= runes.Length ? [.. runes] : [.. runes.Take((int)most - 1), string.Concat(runes.Skip((int)most - 1))];
        }
        return [.. most < 0 ? text.Split(by) : text.Split(by, (int)Math.Min(most, int.MaxValue))];
    }

    private static object Substring(string[] runes, long from, long? to)
    {
        var end = to ?? runes.Length;
        if (from < 0 || from > runes.Length) return new CelError($"index out of range: {from}");
        if (end < 0 || end > runes.Length) return new CelError($"index out of range: {end}");
        return from > end ? new CelError($"invalid substring range. start: {from}, end: {end}") : string.Concat(runes[(int)from..(int)end]);
    }

    /// <summary>"%s has %d of %.2f": the verbs s, d, f, e, b, x, X, o and %%.</summary>
    private static object Format(string pattern, object?[] values)
    {
        var result = new StringBuilder();
        var next = 0;
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] != '%')
            {
                result.Append(pattern[i]);
                continue;
            }
            if (++i >= pattern.Length) return new CelError("unexpected end of string");
            if (pattern[i] == '%')
            {
                result.Append('%');
                continue;
            }
            var precision = 6;
            if (pattern[i] == '.')
            {
                var start = ++i;
                while (i < pattern.Length && char.IsAsciiDigit(pattern[i])) i++;
                if (!int.TryParse(pattern.AsSpan(start, i - start), out precision)) return new CelError("could not parse precision");
            }
            if (i >= pattern.Length) return new CelError("unexpected end of string");
            if (next >= values.Length) return new CelError($"index {next} out of range");
            if (One(pattern[i], values[next], precision) is not { } text)
                return new CelError($"could not parse formatting clause: unrecognized formatting clause \"{pattern[i]}\" for {CelValues.TypeName(values[next])}");
            next++;
            result.Append(text);
        }
        return result.ToString();
    }

    private static string? One(char verb, object? value, int precision) => (verb, value) switch
    {
        ('s', double d) => d.ToString("0.######", CultureInfo.InvariantCulture),
        ('s', _) => CelLibrary.Show(value),
        ('d', long or ulong) => CelLibrary.Show(value),
        ('f', double d) => d.ToString($"F{precision}", CultureInfo.InvariantCulture),
        ('f', long n) => ((double)n).ToString($"F{precision}", CultureInfo.InvariantCulture),
        ('e', double d) => d.ToString($"0.{new string('0', precision)}e+00", CultureInfo.InvariantCulture),
        ('b', long n) => n < 0 ? "-" + Convert.ToString(-n, 2) : Convert.ToString(n, 2),
        ('b', bool b) => b ? "1" : "0",
        ('o', long n) => Convert.ToString(n, 8),
        ('x', long n) => n.ToString("x", CultureInfo.InvariantCulture),
        ('X', long n) => n.ToString("X", CultureInfo.InvariantCulture),
        ('x', string s) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(s)),
        ('X', string s) => Convert.ToHexString(Encoding.UTF8.GetBytes(s)),
        ('x', byte[] b) => Convert.ToHexStringLower(b),
        ('X', byte[] b) => Convert.ToHexString(b),
        _ => null,
    };
}
