using System.Globalization;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>Lines of a description: levels are two blanks deep, tabs become columns.</summary>
internal sealed class DescribeText
{
    private readonly StringBuilder text = new();

    public DescribeText Line(int level, string line)
    {
        text.Append(' ', level * 2).Append(line).Append('\n');
        return this;
    }

    /// <summary>Only where there is something to say.</summary>
    public DescribeText Maybe(int level, string name, string? value) => value is { Length: > 0 } ? Line(level, $"{name}:\t{value}") : this;

    /// <summary>Pairs below each other, in the order of their names.</summary>
    public DescribeText Pairs(string indent, string title, JsonMap? pairs, string between = "=", Func<string, bool>? skip = null)
    {
        var shown = (pairs ?? []).Where(p => skip?.Invoke(p.Key) != true).OrderBy(p => p.Key, StringComparer.Ordinal).ToList();
        if (shown.Count == 0) return Line(0, $"{indent}{title}:\t<none>");
        for (var i = 0; i < shown.Count; i++)
        {
            var value = shown[i].Value.Show();
            var said = value.Contains('\n') || between == ": " && value.Length > 140 ? $"{shown[i].Key}:\n{indent}\t  {value.TrimEnd().Replace("\n", $"\n{indent}\t  ")}" : $"{shown[i].Key}{between}{value}";
            Line(0, $"{(i == 0 ? $"{indent}{title}:" : "")}\t{said}");
        }
        return this;
    }

    public DescribeText Labels(JsonMap o) => Pairs("", "Labels", o.Meta().Map("labels"));
    public DescribeText Annotations(JsonMap o) => Pairs("", "Annotations", o.Meta().Map("annotations"), ": ", k => k == LastApplied.Annotation);

    public DescribeText Add(string lines)
    {
        text.Append(lines);
        return this;
    }

    public override string ToString() => text.ToString();

    /// <summary>"Mon, 02 Jan 2006 15:04:05 +0000".</summary>
    public static string Time(string? stamp) => DateTimeOffset.TryParse(stamp, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
        ? time.ToLocalTime().ToString("ddd, dd MMM yyyy HH:mm:ss ", CultureInfo.InvariantCulture) + time.ToLocalTime().ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "")
        : "<unknown>";

    public static string Truth(bool value) => value ? "True" : "False";
}
