using System.Globalization;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>The functions that templates know: Go's own, and kubectl's exists and base64decode.</summary>
internal static class TemplateFunctions
{
    public static Json? Call(string name, IReadOnlyList<Json?> arguments) => name switch
    {
        "and" => arguments.FirstOrDefault(a => !IsTrue(a), arguments[^1]),
        "or" => arguments.FirstOrDefault(IsTrue, arguments[^1]),
        "not" => !IsTrue(arguments[0]),
        "eq" => arguments.Skip(1).Any(a => Same(arguments[0], a)),
        "ne" => !Same(arguments[0], arguments[1]),
        "lt" => Order(arguments[0], arguments[1]) < 0,
        "le" => Order(arguments[0], arguments[1]) <= 0,
        "gt" => Order(arguments[0], arguments[1]) > 0,
        "ge" => Order(arguments[0], arguments[1]) >= 0,
        "len" => Length(arguments[0]),
        "index" => arguments.Skip(1).Aggregate(arguments[0], At),
        "print" => string.Concat(arguments.Select(Shown)),
        "println" => string.Join(' ', arguments.Select(Shown)) + "\n",
        "printf" => Format(Shown(arguments[0]), [.. arguments.Skip(1)]),
        "html" => System.Net.WebUtility.HtmlEncode(string.Concat(arguments.Select(Shown))),
        "urlquery" => Uri.EscapeDataString(string.Concat(arguments.Select(Shown))),
        "js" => string.Concat(arguments.Select(Shown)).Replace("\\", "\\\\").Replace("'", "\\'").Replace("\"", "\\\""),
        "exists" => Exists(arguments[0], arguments.Skip(1)),
        "base64decode" => Decode(Shown(arguments[0])),
        _ => throw new Failure($"error parsing template: template: output: function \"{name}\" not defined"),
    };

    public static bool IsTrue(Json? value) => value switch
    {
        null or JsonNull => false,
        JsonBool b => b.Value,
        JsonNumber n => n.Real != 0,
        JsonText t => t.Value.Length > 0,
        JsonList list => list.Count > 0,
        JsonMap map => map.Count > 0,
        _ => true,
    };

    public static string Shown(Json? value) => value is null or JsonNull ? "<no value>" : GoValue.Text(value);

    public static string TypeOf(Json value) => value switch { JsonList => "[]interface {}", JsonText => "string", JsonBool => "bool", JsonNumber { IsWhole: true } => "int64", JsonNumber => "float64", _ => "interface {}" };

    private static bool Same(Json? a, Json? b) => a is null or JsonNull ? b is null or JsonNull : a.SameAs(b);

    private static int Order(Json? a, Json? b) => (a, b) switch
    {
        (JsonNumber x, JsonNumber y) => x.Real.CompareTo(y.Real),
        (JsonText x, JsonText y) => string.CompareOrdinal(x.Value, y.Value),
        _ => throw new Failure("error executing template: incompatible types for comparison"),
    };

    private static Json Length(Json? value) => value switch
    {
        JsonText t => Encoding.UTF8.GetByteCount(t.Value),
        JsonList list => list.Count,
        JsonMap map => map.Count,
        _ => throw new Failure("error executing template: error calling len: len of nil pointer"),
    };

    private static Json? At(Json? value, Json? key) => (value, key) switch
    {
        (JsonMap map, JsonText name) => map[name.Value],
        (JsonList list, JsonNumber at) => at.Whole >= 0 && at.Whole < list.Count ? list[(int)at.Whole] : throw new Failure($"error executing template: error calling index: index out of range: {at.Whole}"),
        (null or JsonNull, _) => throw new Failure("error executing template: error calling index: index of untyped nil"),
        _ => throw new Failure($"error executing template: error calling index: can't index item of type {TypeOf(value)}"),
    };

    private static Json Exists(Json? value, IEnumerable<Json?> path)
    {
        foreach (var step in path)
        {
            value = (value, step) switch { (JsonMap map, JsonText name) => map[name.Value], (JsonList list, JsonNumber at) when at.Whole >= 0 && at.Whole < list.Count => list[(int)at.Whole], _ => null };
            if (value is null) return false;
        }
        return true;
    }

    private static string Decode(string text)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(text));
        }
        catch (FormatException)
        {
            throw new Failure("error executing template: base64 decode: illegal base64 data");
        }
    }

    private static string Format(string format, IReadOnlyList<Json?> values)
    {
        var text = new StringBuilder();
        var next = 0;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }
            var start = ++i;
            while (i < format.Length - 1 && (char.IsAsciiDigit(format[i]) || format[i] is '-' or '.' or '+')) i++;
            if (format[i] == '%')
            {
                text.Append('%');
                continue;
            }
            var width = format[start..i];
            var value = next < values.Count ? values[next++] : null;
            var shown = (format[i], value) switch
            {
                ('q', _) => $"\"{Shown(value).Replace("\\", "\\\\").Replace("\"", "\\\"")}\"",
                ('f', JsonNumber n) => n.Real.ToString("F" + (width.Split('.') is [_, var digits] ? digits : "6"), CultureInfo.InvariantCulture),
                ('x', JsonNumber n) => n.Whole.ToString("x", CultureInfo.InvariantCulture),
                _ => Shown(value),
            };
            var wide = int.TryParse(width.Split('.')[0].TrimStart('-', '+'), out var w) ? w : 0;
            text.Append(width.StartsWith('-') ? shown.PadRight(wide) : shown.PadLeft(wide, width.StartsWith('0') && value is JsonNumber ? '0' : ' '));
        }
        return text.ToString();
    }
}
