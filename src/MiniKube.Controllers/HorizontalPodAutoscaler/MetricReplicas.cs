using MiniKube.ControlLoop;
using MiniKube.Kinds.Autoscaling;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>How many replicas one metric asks for, or why it can't be said: a reason, the error itself, and the error in the words of the whole.</summary>
public sealed record MetricAdvice(int Replicas, string Name, MetricStatus Status, (string Reason, string Error, string Told)? Fault)
{
    public static MetricAdvice Failed(string reason, string error, string told) => new(0, "", new() { Type = "" }, (reason, error, told));
}

/// <summary>From what pods use to how many there should be, careful with pods that aren't ready or that nobody measured: they never turn the direction.</summary>
public static class MetricReplicas
{
    private const double Tolerance = 0.1;
    private static readonly TimeSpan StartOfCpu = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan StartOfReadiness = TimeSpan.FromSeconds(30);

    /// <summary>Measured: what is known of a metric that isn't a resource; null where nobody serves such metrics.</summary>
    public static MetricAdvice Of(MetricSpec metric, CustomSeen? measured, AutoscalerSeen seen) => metric switch
    {
        { Type: "Resource", Resource: { } r } => Resource(seen, r.Name!, r.Target!, null),
        { Type: "ContainerResource", ContainerResource: { } c } => Resource(seen, c.Name!, c.Target!, c.Container),
        { Type: "Pods", Pods: { } p } => CustomReplicas.OfPods(p, measured, seen),
        { Type: "Object", Object: { } o } => CustomReplicas.OfObject(o, measured, seen),
        { Type: "External", External: { } e } => CustomReplicas.OfExternal(e, measured, seen),
        _ => MetricAdvice.Failed("InvalidMetricSourceType", $"unknown metric source type \"{metric.Type}\"", $"unknown metric source type \"{metric.Type}\""),
    };

    /// <summary>How many replicas an amount for each pod asks for, and what one uses on average; or why it can't be said.</summary>
    internal static (int Replicas, long Average, string? Fault) OfAmounts(AutoscalerSeen seen, Dictionary<string, long> use, long wanted)
    {
        if (seen.Pods.Count == 0) return (0, 0, "no pods returned by selector while calculating replica count");
        var groups = Sorted(seen, "", use);
        foreach (var name in groups.Unready.Concat(groups.Ignored)) use.Remove(name);
        if (use.Count == 0) return (0, 0, "did not receive metrics for any ready pods");
        var average = use.Values.Sum() / use.Count;
        return (Replicas(seen, (double)average / wanted, groups, use, _ => wanted, of => of.Values.Sum() / of.Count / (double)wanted), average, null);
    }

    internal static MetricAdvice Unknown(string reason, string error, string prefix) => MetricAdvice.Failed(reason, error, prefix + error);

    private static MetricAdvice Resource(AutoscalerSeen seen, string resource, MetricTarget target, string? container)
    {
        var (reason, told) = container is null ? ("FailedGetResourceMetric", $"failed to get {resource} resource metric value: ") : ("FailedGetContainerResourceMetric", $"failed to get {resource} container metric value: ");
        MetricAdvice Failed(string error) => Unknown(reason, $"failed to get {resource} utilization: {error}", told);

        var (use, fault) = UseOf(seen, resource, container);
        if (fault is not null) return Failed($"unable to get metrics for resource {resource}: {fault}");
        if (seen.Pods.Count == 0) return Failed("no pods returned by selector while calculating replica count");
        var groups = Sorted(seen, resource, use);
        var requests = new Dictionary<string, long>();
        if (target.AverageValue is null)
        {
            (requests, var missing) = Requests(seen.Pods, resource, container);
            if (missing is not null) return Failed(missing);
        }
        foreach (var name in groups.Unready.Concat(groups.Ignored)) use.Remove(name);
        if (use.Count == 0) return Failed("did not receive metrics for any ready pods");

        // What one pod is to use: an amount, or a share of what it requests.
        Func<Dictionary<string, long>, (double Ratio, long Average, int? Percent)?> measure = target.AverageValue is { } value
            ? of => of.Values.Sum() / of.Count is var average ? ((double)average / value.MilliValue, average, null) : null
            : of => Share(of, requests, target.AverageUtilization ?? 0);
        if (target.AverageValue is null && target.AverageUtilization is null) return Failed("invalid resource metric source: neither a utilization target nor an average value target was set");
        if (measure(use) is not { } now) return Failed("no metrics returned matched known pods");
        var full = target.AverageValue is { } each ? _ => each.MilliValue : (Func<string, long>)(name => requests.GetValueOrDefault(name) * Math.Max(100, target.AverageUtilization!.Value) / 100);
        var replicas = Replicas(seen, now.Ratio, groups, use, full, of => measure(of)?.Ratio);

        var current = new MetricValueStatus { AverageUtilization = now.Percent, AverageValue = Quantity.OfMilli(now.Average) };
        var called = target.AverageValue is null ? $"{resource} resource utilization (percentage of request)" : $"{resource} resource";
        return new(replicas, called, container is null
            ? new() { Type = "Resource", Resource = new() { Name = resource, Current = current } }
            : new() { Type = "ContainerResource", ContainerResource = new() { Name = resource, Container = container, Current = current } }, null);
    }

    private static int Replicas(AutoscalerSeen seen, double ratio, PodGroups groups, Dictionary<string, long> use, Func<string, long> full, Func<Dictionary<string, long>, double?> again)
    {
        var current = seen.Scale!.Wanted;
        var countsUnready = groups.Unready.Count > 0 && ratio > 1;
        if (!countsUnready && groups.Missing.Count == 0) return Near(seen, ratio) ? current : (int)Math.Ceiling(ratio * groups.Ready);
        // Nobody measured means as busy as can be where pods would be taken away, and idle where some would be added.
        if (ratio != 1)
            foreach (var name in groups.Missing) use[name] = ratio < 1 ? full(name) : 0;
        if (countsUnready)
            foreach (var name in groups.Unready) use[name] = 0;
        if (again(use) is not { } after || Near(seen, after) || ratio < 1 && after > 1 || ratio > 1 && after < 1) return current;
        var replicas = (int)Math.Ceiling(after * use.Count);
        return after < 1 && replicas > current || after > 1 && replicas < current ? current : replicas;
    }

    internal static bool Near(AutoscalerSeen seen, double ratio)
    {
        double Of(HPAScalingRules? rules) => rules?.Tolerance is { } t ? t.MilliValue / 1000.0 : Tolerance;
        return ratio >= 1 - Of(seen.Spec.Behavior?.ScaleDown) && ratio <= 1 + Of(seen.Spec.Behavior?.ScaleUp);
    }

    private static (double Ratio, long Average, int? Percent)? Share(Dictionary<string, long> use, Dictionary<string, long> requests, int wanted)
    {
        var known = use.Where(u => requests.ContainsKey(u.Key)).ToArray();
        var (used, requested) = (known.Sum(u => u.Value), known.Sum(u => requests[u.Key]));
        if (requested == 0) return null;
        var percent = (int)(used * 100 / requested);
        return ((double)percent / wanted, used / known.Length, percent);
    }

    private sealed record PodGroups(int Ready, IReadOnlyList<string> Unready, IReadOnlyList<string> Missing, IReadOnlyList<string> Ignored);

    private static PodGroups Sorted(AutoscalerSeen seen, string resource, Dictionary<string, long> use)
    {
        var (ready, unready, missing, ignored) = (0, new List<string>(), new List<string>(), new List<string>());
        foreach (var pod in seen.Pods)
        {
            if (pod.BeingDeleted || pod.Phase() == "Failed") ignored.Add(pod.Name);
            else if (pod.Phase() == "Pending") unready.Add(pod.Name);
            else if (!use.ContainsKey(pod.Name)) missing.Add(pod.Name);
            else if (resource == "cpu" && IsUnready(pod, seen.Use.Pods[pod.Name], seen.Now)) unready.Add(pod.Name);
            else ready++;
        }
        return new(ready, unready, missing, ignored);
    }

    /// <summary>What starts uses the processor as it will not again; what was never ready says nothing of the others.</summary>
    private static bool IsUnready(Item<Pod> pod, MeasuredPod measured, DateTimeOffset now)
    {
        if (pod.Condition("Ready") is not { } ready || pod.Value.Status?.StartTime is not { } started) return true;
        return started + StartOfCpu > now
            ? ready.Status == "False" || measured.Time < ready.LastTransitionTime + measured.Window
            : ready.Status == "False" && started + StartOfReadiness > ready.LastTransitionTime;
    }

    /// <summary>By pod; pods of which a container wasn't measured are left out.</summary>
    private static (Dictionary<string, long> Use, string? Fault) UseOf(AutoscalerSeen seen, string resource, string? container)
    {
        if (seen.Use.Fault is { } fault) return ([], fault);
        var use = new Dictionary<string, long>();
        foreach (var (pod, measured) in seen.Use.Pods)
        {
            if (container is not null && !measured.Containers.ContainsKey(container))
                return ([], $"failed to get container metrics: container {container} not present in metrics for pod {seen.Autoscaler.Namespace}/{pod}");
            var amounts = measured.Containers.Where(c => container is null || c.Key == container).Select(c => c.Value.TryGetValue(resource, out var amount) ? amount.MilliValue : (long?)null).ToArray();
            if (amounts.All(a => a is not null)) use[pod] = amounts.Sum() ?? 0;
        }
        return use.Count == 0 ? ([], "no metrics returned from resource metrics API") : (use, null);
    }

    private static (Dictionary<string, long> Requests, string? Missing) Requests(IReadOnlyList<Item<Pod>> pods, string resource, string? container)
    {
        var requests = new Dictionary<string, long>();
        foreach (var pod in pods)
        {
            var spec = pod.Value.Spec ?? new();
            if (container is null && spec.Resources?.Requests?.TryGetValue(resource, out var whole) == true)
            {
                requests[pod.Name] = whole.MilliValue;
                continue;
            }
            var sum = 0L;
            foreach (var c in (spec.Containers ?? []).Concat((spec.InitContainers ?? []).Where(i => i.RestartPolicy == "Always")))
            {
                if (container is not null && c.Name != container) continue;
                if (c.Resources?.Requests?.TryGetValue(resource, out var amount) != true) return ([], $"missing request for {resource} in container {c.Name} of Pod {pod.Name}");
                sum += amount.MilliValue;
            }
            requests[pod.Name] = sum;
        }
        return (requests, null);
    }
}
