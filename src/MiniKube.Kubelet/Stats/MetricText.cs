using System.Globalization;
using System.Text;

namespace MiniKube.Kubelet.Stats;

/// <summary>Metrics in the text format that scrapers read: one head per name, then its lines.</summary>
public sealed class MetricText
{
    private readonly StringBuilder text = new();

    public MetricText Head(string name, string type, string help)
    {
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        return this;
    }

    public MetricText Line(string name, double value, params ReadOnlySpan<(string Name, string Value)> labels) => Line(name, value, null, labels);

    public MetricText Line(string name, double value, DateTimeOffset? at, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{');
            for (var i = 0; i < labels.Length; i++)
            {
                if (i > 0) text.Append(',');
                text.Append(labels[i].Name).Append("=\"");
                Escape(labels[i].Value);
                text.Append('"');
            }
            text.Append('}');
        }
        text.Append(' ').Append(double.IsPositiveInfinity(value) ? "+Inf" : value.ToString("R", CultureInfo.InvariantCulture));
        if (at is { } moment) text.Append(' ').Append(moment.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        text.Append('\n');
        return this;
    }

    public override string ToString() => text.ToString();

    private void Escape(string value)
    {
        foreach (var c in value)
        {
            if (c is '\\' or '"') text.Append('\\').Append(c);
            else if (c == '\n') text.Append("\\n");
            else text.Append(c);
        }
    }
}
