using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MiniKube.Machinery;

/// <summary>YAML to tree, typing plain scalars as Go's YAML library does for Kubernetes manifests.</summary>
public static partial class YamlReader
{
    /// <summary>Aliases may not blow a small document up beyond this many nodes.</summary>
    private const int MaxNodes = 2_000_000;

    /// <exception cref="FormatException">The text is not YAML that can become JSON.</exception>
    public static Json Read(string text, Action<string>? onDuplicate = null)
    {
        var documents = ReadAll(text, onDuplicate);
        return documents.Count == 0 ? Json.Null : documents[0];
    }

    public static IReadOnlyList<Json> ReadAll(string text, Action<string>? onDuplicate = null)
    {
        try
        {
            var parser = new Parser(new StringReader(text));
            var documents = new List<Json>();
            parser.Consume<StreamStart>();
            while (parser.Accept<DocumentStart>(out _))
            {
                parser.Consume<DocumentStart>();
                documents.Add(new Builder(parser, onDuplicate).Value(null));
                parser.Consume<DocumentEnd>();
            }
            return documents;
        }
        catch (YamlException e)
        {
            throw new FormatException($"yaml: line {e.Start.Line}: {e.Message}", e);
        }
    }

    private sealed class Builder(IParser parser, Action<string>? onDuplicate)
    {
        private readonly Dictionary<AnchorName, Json> anchors = [];
        private int nodes;

        public Json Value(string? path)
        {
            if (++nodes > MaxNodes) throw new FormatException("yaml: document contains excessive aliasing");
            switch (parser.Current)
            {
                case AnchorAlias alias:
                    parser.MoveNext();
                    if (!anchors.TryGetValue(alias.Value, out var target)) throw new FormatException($"yaml: unknown anchor '{alias.Value}' referenced");
                    nodes += Size(target);
                    return target.Clone();
                case Scalar scalar:
                    parser.MoveNext();
                    var value = scalar.IsPlainImplicit || scalar.Tag is { IsEmpty: false, IsNonSpecific: false } ? Typed(scalar) : new JsonText(scalar.Value);
                    Remember(scalar.Anchor, value);
                    return value;
                case SequenceStart sequence:
                    parser.MoveNext();
                    var list = new JsonList();
                    while (!parser.Accept<SequenceEnd>(out _)) list.Add(Value($"{path}[{list.Count}]"));
                    parser.MoveNext();
                    Remember(sequence.Anchor, list);
                    return list;
                case MappingStart mapping:
                    parser.MoveNext();
                    var map = new JsonMap();
                    while (!parser.Accept<MappingEnd>(out _)) Member(map, path);
                    parser.MoveNext();
                    Remember(mapping.Anchor, map);
                    return map;
                default:
                    throw new FormatException($"yaml: unexpected {parser.Current?.GetType().Name}");
            }
        }

        private void Member(JsonMap map, string? path)
        {
            var key = Value(null) switch
            {
                JsonText t => t.Value,
                JsonNull => "null",
                JsonMap or JsonList => throw new FormatException("yaml: map keys must be scalars"),
                var scalar => scalar.ToString(),
            };
            var here = path is null ? key : $"{path}.{key}";
            var value = Value(here);
            if (key == "<<")
            {
                foreach (var merged in value is JsonList several ? several.Maps() : [.. new[] { value }.OfType<JsonMap>()])
                    foreach (var (name, inherited) in merged)
                        if (!map.Has(name)) map.Set(name, inherited);
                return;
            }
            if (map.Has(key)) onDuplicate?.Invoke(here);
            map.Set(key, value);
        }

        private void Remember(AnchorName anchor, Json value)
        {
            if (!anchor.IsEmpty) anchors[anchor] = value;
        }

        private static int Size(Json value) => value switch
        {
            JsonMap map => 1 + map.Sum(m => Size(m.Value)),
            JsonList list => 1 + list.Sum(Size),
            _ => 1,
        };
    }

    /// <summary>Whether this text, written without quotes, would be read as something other than a string.</summary>
    internal static bool IsTypedPlain(string text) => Typed(text) is not JsonText;

    private static Json Typed(Scalar scalar) => scalar.Tag == "tag:yaml.org,2002:str" ? scalar.Value : Typed(scalar.Value);

    private static Json Typed(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return Json.Null;
            case "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON":
                return true;
            case "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF":
                return false;
        }
        var plain = text.Replace("_", "");
        if (Integer().IsMatch(plain) && ReadInteger(plain) is { } whole) return whole;
        if (Real().IsMatch(plain) && double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real))
            return real;
        return text;
    }

    private static long? ReadInteger(string text)
    {
        var negative = text[0] == '-';
        var digits = text.TrimStart('+', '-');
        try
        {
            var value = digits switch
            {
                ['0', 'x' or 'X', .. var hex] => Convert.ToInt64(hex, 16),
                ['0', 'b' or 'B', .. var binary] => Convert.ToInt64(binary, 2),
                ['0', 'o' or 'O', .. var octal] => Convert.ToInt64(octal, 8),
                ['0', _, ..] => Convert.ToInt64(digits, 8),
                _ => long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture),
            };
            return negative ? -value : value;
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\A[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[0-9]+)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Integer();

    [GeneratedRegex(@"\A[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Real();
}
