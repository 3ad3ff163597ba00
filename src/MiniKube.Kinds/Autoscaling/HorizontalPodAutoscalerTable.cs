using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Autoscaling;

internal static class HorizontalPodAutoscalerTable
{
    public static readonly IReadOnlyList<Column> Columns =
    [
        Cells.Name,
        Cells.Text("Reference", h => $"{h.Spec().Map("scaleTargetRef")?.Text("kind")}/{h.Spec().Map("scaleTargetRef")?.Text("name")}"),
        Cells.Text("Targets", Targets),
        Cells.Text("MinPods", h => h.Spec().Whole("minReplicas")?.ToString(CultureInfo.InvariantCulture) ?? Cells.Unset),
        Cells.Whole("MaxPods", h => h.Spec().Whole("maxReplicas") ?? 0, "string"),
        Cells.Whole("Replicas", h => h.Status().Whole("currentReplicas") ?? 0, "string"),
        Cells.Age,
    ];

    private static string Targets(JsonMap hpa)
    {
        var metrics = hpa.Spec().Maps("metrics").ToArray();
        if (metrics.Length == 0) return Cells.None;
        var current = hpa.Status().Maps("currentMetrics").ToArray();
        var shown = metrics.Take(2).Select((metric, i) => Target(metric, i < current.Length ? current[i] : null));
        var text = string.Join(", ", shown);
        return metrics.Length > 2 ? $"{text} + {metrics.Length - 2} more..." : text;
    }

    private static string Target(JsonMap metric, JsonMap? status)
    {
        var type = metric.Text("type") ?? "";
        if (type.Length == 0) return "<unknown type>";
        var field = char.ToLowerInvariant(type[0]) + type[1..];
        if (metric.Map(field) is not { } source) return "<unknown type>";
        var (target, now) = (source.Map("target"), status?.Map(field)?.Map("current"));
        var average = target?["averageValue"] is not null;
        string Value(string member) => Cells.Show(now?[member], Cells.Unknown);
        return type switch
        {
            "Resource" or "ContainerResource" when !average =>
                $"{source.Text("name")}: {(now?.Whole("averageUtilization") is { } use ? $"{use}%" : Cells.Unknown)}/"
                + $"{(target?.Whole("averageUtilization") is { } aim ? $"{aim}%" : "<auto>")}",
            "Resource" or "ContainerResource" => $"{source.Text("name")}: {Value("averageValue")}/{Cells.Show(target!["averageValue"])}",
            "Pods" => $"{Value("averageValue")}/{Cells.Show(target?["averageValue"])}",
            _ when average => $"{Value("averageValue")}/{Cells.Show(target!["averageValue"])} (avg)",
            _ => $"{Value("value")}/{Cells.Show(target?["value"])}",
        };
    }
}
