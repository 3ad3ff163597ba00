using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>An object of which nobody knows more than what it says.</summary>
internal static class DescribeAny
{
    private static readonly Dictionary<string, string> Words = new()
    {
        ["uid"] = "UID", ["creationTimestamp"] = "Creation Timestamp", ["resourceVersion"] = "Resource Version", ["apiVersion"] = "API Version",
    };

    public static void Write(DescribeText text, JsonMap o)
    {
        text.Line(0, $"Name:\t{o.Name()}").Line(0, $"Namespace:\t{o.Namespace()}").Labels(o).Annotations(o);
        text.Line(0, $"API Version:\t{o.ApiVersion()}").Line(0, $"Kind:\t{o.Kind()}");
        var rest = o.CloneMap();
        if (rest.Map("metadata") is { } meta)
            foreach (var known in (ReadOnlySpan<string>)["name", "namespace", "labels", "annotations", "managedFields"]) meta.Remove(known);
        rest.Remove("kind");
        rest.Remove("apiVersion");
        Map(text, 0, rest);
    }

    private static void Map(DescribeText text, int level, JsonMap map)
    {
        foreach (var (key, value) in map.Select(m => (Title(m.Key), m.Value)).OrderBy(m => m.Item1, StringComparer.Ordinal))
        {
            switch (value)
            {
                case JsonMap inner:
                    text.Line(level, $"{key}:");
                    Map(text, level + 1, inner);
                    break;
                case JsonList list:
                    text.Line(level, $"{key}:");
                    foreach (var item in list)
                    {
                        if (item is JsonMap each) Map(text, level + 1, each);
                        else text.Line(level + 1, item.Show());
                    }
                    break;
                default:
                    text.Line(level, $"{key}:\t{value.Show("<nil>")}");
                    break;
            }
        }
    }

    /// <summary>"minReadySeconds" as "Min Ready Seconds".</summary>
    private static string Title(string name)
    {
        if (Words.TryGetValue(name, out var known)) return known;
        if (name.Contains('.') || name.Contains('/') || name.Contains('-')) return name;
        var title = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i]) && (!char.IsUpper(name[i - 1]) || i + 1 < name.Length && char.IsLower(name[i + 1]))) title.Append(' ');
            title.Append(i == 0 ? char.ToUpperInvariant(name[i]) : name[i]);
        }
        return title.ToString();
    }
}
