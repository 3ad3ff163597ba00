using MiniKube.ControlLoop;
using MiniKube.Kinds.Autoscaling;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>How many replicas a metric asks for that servers of custom and external metrics measure.</summary>
internal static class CustomReplicas
{
    private static readonly CustomSeen NotServed = new([], "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered");

    public static MetricAdvice OfPods(PodsMetricSource source, CustomSeen? measured, AutoscalerSeen seen)
    {
        MetricAdvice Failed(string error) => MetricReplicas.Unknown("FailedGetPodsMetric", error, "failed to get pods metric value: ");
        measured ??= NotServed;
        if (measured.Fault is { } fault) return Failed($"unable to get metric {source.Metric?.Name}: {fault}");
        if (Amount(source.Target?.AverageValue) is not { } wanted) return Failed("invalid pods metric source: no average value target was set");
        var use = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (pod, value) in measured.Values) use[pod] = value.Milli;
        var (replicas, average, unknown) = MetricReplicas.OfAmounts(seen, use, wanted);
        return unknown is not null ? Failed(unknown) : new(replicas, $"pods metric {source.Metric!.Name}",
            new() { Type = "Pods", Pods = new() { Metric = source.Metric, Current = new() { AverageValue = Quantity.OfMilli(average) } } }, null);
    }

    public static MetricAdvice OfObject(ObjectMetricSource source, CustomSeen? measured, AutoscalerSeen seen)
    {
        MetricAdvice Failed(string error) => MetricReplicas.Unknown("FailedGetObjectMetric", error, "failed to get object metric value: ");
        measured ??= NotServed;
        if (measured.Fault is { } fault)
            return Failed($"unable to get metric {source.Metric?.Name}: {source.DescribedObject?.Kind} on {seen.Autoscaler.Namespace} {source.DescribedObject?.Name}/{fault}");
        if (Whole(seen, source.Target, measured.Values.Sum(v => v.Use.Milli)) is not var (replicas, current)) return Failed("invalid object metric source: neither a value target nor an average value target was set");
        return replicas is not { } wanted ? Failed("no pods returned by selector while calculating replica count") : new(wanted, $"{source.DescribedObject!.Kind} metric {source.Metric!.Name}",
            new() { Type = "Object", Object = new() { DescribedObject = source.DescribedObject, Metric = source.Metric, Current = current } }, null);
    }

    public static MetricAdvice OfExternal(ExternalMetricSource source, CustomSeen? measured, AutoscalerSeen seen)
    {
        var name = source.Metric?.Name;
        var selector = source.Metric?.Selector is null ? "nil" : source.Metric.Selector.Parsed().ToString();
        MetricAdvice Failed(string error) => MetricReplicas.Unknown("FailedGetExternalMetric", error, $"failed to get {name} external metric value: ");
        measured ??= new([], $"unable to fetch metrics from external metrics API: the server could not find the requested resource (get {name}.external.metrics.k8s.io)");
        if (measured.Fault is { } fault) return Failed($"unable to get external metric {seen.Autoscaler.Namespace}/{name}/{selector}: {fault}");
        if (Whole(seen, source.Target, measured.Values.Sum(v => v.Use.Milli)) is not var (replicas, current)) return Failed("invalid external metric source: neither a value target nor an average value target was set");
        return replicas is not { } wanted ? Failed("no pods returned by selector while calculating replica count") : new(wanted, $"external metric {name}({selector})",
            new() { Type = "External", External = new() { Metric = source.Metric, Current = current } }, null);
    }

    /// <summary>From one amount for all pods together; null where the target says nothing, no count where there are no pods to go by.</summary>
    private static (int? Replicas, MetricValueStatus Current)? Whole(AutoscalerSeen seen, MetricTarget? target, long use)
    {
        var scale = seen.Scale!;
        if (target?.Type == "AverageValue" && Amount(target.AverageValue) is { } each)
        {
            var running = scale.Running;
            var ratio = use / ((double)each * running);
            var replicas = running > 0 && MetricReplicas.Near(seen, ratio) ? running : (int)Math.Ceiling((double)use / each);
            return (replicas, new() { AverageValue = Quantity.OfMilli(running > 0 ? (long)Math.Ceiling((double)use / running) : use) });
        }
        if (Amount(target?.Value) is not { } wanted) return null;
        var current = new MetricValueStatus { Value = Quantity.OfMilli(use) };
        var share = (double)use / wanted;
        if (scale.Wanted == 0) return ((int)Math.Ceiling(share), current);
        if (MetricReplicas.Near(seen, share)) return (scale.Wanted, current);
        if (seen.Pods.Count == 0) return (null, current);
        return ((int)Math.Ceiling(share * seen.Pods.Count(p => p.Phase() == "Running" && p.Condition("Ready") is { Status: "True" })), current);
    }

    private static long? Amount(Quantity? target) => target is { MilliValue: > 0 and var milli } ? milli : null;
}
