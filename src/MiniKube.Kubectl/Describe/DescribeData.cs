using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>Config maps with what is in them, secrets with how much.</summary>
internal static class DescribeData
{
    public static void Write(DescribeText text, JsonMap o)
    {
        text.Line(0, $"Name:\t{o.Name()}").Line(0, $"Namespace:\t{o.Namespace()}").Labels(o).Annotations(o);
        var data = (o.Map("data") ?? []).OrderBy(d => d.Key, StringComparer.Ordinal);
        if (o.Kind() == "Secret")
        {
            text.Line(0, "").Line(0, $"Type:\t{o.Text("type")}").Line(0, "").Line(0, "Data").Line(0, "====");
            foreach (var (key, value) in data)
                text.Line(0, o.Text("type") == "kubernetes.io/service-account-token" && key == "token" ? $"{key}:\t{Encoding.UTF8.GetString(Convert.FromBase64String(value.Show()))}" : $"{key}:\t{Convert.FromBase64String(value.Show()).Length} bytes");
            return;
        }
        text.Line(0, "").Line(0, "Data").Line(0, "====");
        foreach (var (key, value) in data) text.Line(0, $"{key}:").Line(0, "----").Line(0, value.Show()).Line(0, "");
        text.Line(0, "").Line(0, "BinaryData").Line(0, "====");
        foreach (var (key, value) in (o.Map("binaryData") ?? []).OrderBy(d => d.Key, StringComparer.Ordinal)) text.Line(0, $"{key}: {Convert.FromBase64String(value.Show()).Length} bytes");
        text.Line(0, "");
    }
}
