using MiniKube.Machinery;

namespace MiniKube.Kinds.Autoscaling.V1;

/// <summary>
/// autoscaling/v1 shows one CPU target; whatever else a v2 object says travels in annotations, so that nothing is lost
/// on the way through a v1 client.
/// </summary>
internal static class HorizontalPodAutoscalerConversion
{
    private const string Metrics = "autoscaling.alpha.kubernetes.io/metrics";
    private const string CurrentMetrics = "autoscaling.alpha.kubernetes.io/current-metrics";
    private const string Conditions = "autoscaling.alpha.kubernetes.io/conditions";
    private const string Behavior = "autoscaling.alpha.kubernetes.io/behavior";

    public static readonly Conversion Instance = new("autoscaling/v2", ToStored, FromStored);

    private static JsonMap ToStored(JsonMap hpa)
    {
        hpa.Set("apiVersion", "autoscaling/v2");
        var (spec, status) = (hpa.MapOrNew("spec"), hpa.Map("status"));
        var annotations = hpa.Map("metadata")?.Map("annotations");
        var metrics = Take(annotations, Metrics) as JsonList ?? [];
        if (spec["targetCPUUtilizationPercentage"] is { } percent)
            metrics.Insert(0, Cpu("target", new JsonMap { { "type", "Utilization" }, { "averageUtilization", percent } }));
        spec.Remove("targetCPUUtilizationPercentage");
        if (metrics.Count > 0) spec.Set("metrics", metrics);
        if (Take(annotations, Behavior) is JsonMap behavior) spec.Set("behavior", behavior);
        var current = Take(annotations, CurrentMetrics) as JsonList;
        var conditions = Take(annotations, Conditions) as JsonList;
        if (status is not null)
        {
            current ??= [];
            if (status["currentCPUUtilizationPercentage"] is { } now) current.Insert(0, Cpu("current", new JsonMap { { "averageUtilization", now } }));
            status.Remove("currentCPUUtilizationPercentage");
            if (current.Count > 0) status.Set("currentMetrics", current);
            if (conditions is { Count: > 0 }) status.Set("conditions", conditions);
        }
        if (annotations is { Count: 0 }) hpa.Map("metadata")!.Remove("annotations");
        return hpa;
    }

    private static JsonMap FromStored(JsonMap hpa)
    {
        hpa.Set("apiVersion", "autoscaling/v1");
        var (spec, status) = (hpa.MapOrNew("spec"), hpa.Map("status"));
        var notes = new JsonMap();
        if (spec.List("metrics") is { } metrics)
        {
            if (TakeCpu(metrics, "target") is { } percent) spec.Set("targetCPUUtilizationPercentage", percent);
            if (metrics.Count > 0) notes.Set(Metrics, metrics.ToString());
            spec.Remove("metrics");
        }
        if (spec["behavior"] is { } behavior) notes.Set(Behavior, behavior.ToString());
        spec.Remove("behavior");
        if (status is not null)
        {
            if (status.List("currentMetrics") is { } current)
            {
                if (TakeCpu(current, "current") is { } now) status.Set("currentCPUUtilizationPercentage", now);
                if (current.Count > 0) notes.Set(CurrentMetrics, current.ToString());
            }
            status.Remove("currentMetrics");
            if (status.List("conditions") is { Count: > 0 } conditions) notes.Set(Conditions, conditions.ToString());
            status.Remove("conditions");
        }
        if (notes.Count > 0)
        {
            var annotations = hpa.MapOrNew("metadata").MapOrNew("annotations");
            foreach (var (key, value) in notes) annotations.Set(key, value);
        }
        return hpa;
    }

    private static JsonMap Cpu(string member, JsonMap value) =>
        new() { { "type", "Resource" }, { "resource", new JsonMap { { "name", "cpu" }, { member, value } } } };

    /// <summary>Removes the first CPU utilization from the list and returns its percentage.</summary>
    private static Json? TakeCpu(JsonList metrics, string member)
    {
        for (var i = 0; i < metrics.Count; i++)
        {
            if (metrics[i] is not JsonMap metric || metric.Map("resource") is not { } resource || resource.Text("name") != "cpu") continue;
            if (resource.Map(member)?["averageUtilization"] is not { } percent) continue;
            metrics.RemoveAt(i);
            return percent;
        }
        return null;
    }

    private static Json? Take(JsonMap? annotations, string key)
    {
        if (annotations?.Text(key) is not { } text) return null;
        annotations.Remove(key);
        try
        {
            return JsonReader.Parse(text);
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
