using MiniKube.ControlLoop;
using MiniKube.Kinds.Autoscaling;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>From what is used to how many replicas there shall be, and what the status says of it.</summary>
public static class AutoscalerPlan
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(15);

    public static (Plan Plan, ScalingHistory History) For(AutoscalerSeen seen)
    {
        var conditions = new Conditions(seen.Status.Conditions ?? [], seen.Now);
        if (seen.Scale is not { } scale)
        {
            conditions.Set("AbleToScale", false, "FailedGetScale", $"the HPA controller was unable to get the target's current scale: {seen.ScaleFault}");
            return (Told(seen, seen.Status with { Conditions = conditions.All }, [Tell(seen, "FailedGetScale", seen.ScaleFault!)]), seen.History);
        }
        if (seen.LastFailure is { } failure) conditions.Set("AbleToScale", false, "FailedUpdateScale", $"the HPA controller was unable to update the target scale: {failure.Message}");
        else conditions.Set("AbleToScale", true, "SucceededGetScale", "the HPA controller was able to get the target's current scale");
        var history = seen.History.Advised.IsEmpty ? seen.History with { Advised = [(scale.Wanted, seen.Now)] } : seen.History;

        if (scale.Wanted == 0 && seen.Least != 0)
        {
            conditions.Set("ScalingActive", false, "ScalingDisabled", "scaling is disabled since the replica count of the target is zero");
            return (Told(seen, Status(seen, conditions, 0, []), []), history);
        }
        if (scale.Wanted > seen.Most) return Rescale(seen, conditions, seen.Most, "Current number of replicas above Spec.MaxReplicas", [], [], history);
        if (scale.Wanted < seen.Least) return Rescale(seen, conditions, seen.Least, "Current number of replicas below Spec.MinReplicas", [], [], history);

        var advices = (seen.Spec.Metrics ?? []).Select((m, i) => MetricReplicas.Of(m, i < seen.Custom.Count ? seen.Custom[i] : null, seen)).ToArray();
        MetricStatus[] metrics = [.. advices.Select(a => a.Status)];
        var (advice, events) = Best(seen, advices, conditions);
        if (advice is null) return (Told(seen, Status(seen, conditions, seen.Status.DesiredReplicas ?? 0, metrics), events), history);
        var bounded = ScalingLimits.Of(advice.Replicas, seen with { History = history });
        conditions.Set("AbleToScale", true, bounded.Able.Reason, bounded.Able.Message);
        conditions.Set("ScalingLimited", bounded.Limited, bounded.Limit.Reason, bounded.Limit.Message);
        var reason = advice.Replicas > scale.Wanted ? $"{advice.Name} above target" : advice.Replicas < scale.Wanted ? "All metrics below target" : "";
        if (bounded.Replicas != scale.Wanted) return Rescale(seen, conditions, bounded.Replicas, reason, metrics, events, bounded.History);
        return (Told(seen, Status(seen, conditions, scale.Wanted, metrics), events), bounded.History);
    }

    /// <summary>The highest count that a metric asks for; null where too little is known to go by.</summary>
    private static (MetricAdvice? Advice, List<PlanAction> Events) Best(AutoscalerSeen seen, MetricAdvice[] advices, Conditions conditions)
    {
        var scale = seen.Scale!;
        if (scale.Selector.Length == 0)
        {
            conditions.Set("ScalingActive", false, "InvalidSelector", "the HPA target's scale is missing a selector");
            return (null, [Tell(seen, "SelectorRequired", "selector is required"), Tell(seen, "FailedComputeMetricsReplicas", "selector is required")]);
        }
        if (seen.Rivals.Count > 1)
        {
            var message = $"pods by selector {scale.Selector} are controlled by multiple HPAs: [{string.Join(' ', seen.Rivals)}]";
            conditions.Set("ScalingActive", false, "AmbiguousSelector", message);
            return (null, [Tell(seen, "AmbiguousSelector", message), Tell(seen, "FailedComputeMetricsReplicas", message)]);
        }
        var faults = advices.Select(a => a.Fault).OfType<(string Reason, string Error, string Told)>().ToArray();
        List<PlanAction> events = [.. faults.Select(f => Tell(seen, f.Reason, f.Error))];
        var best = advices.Where(a => a.Fault is null).MaxBy(a => a.Replicas);
        if (faults is [var first, ..])
        {
            events.Add(Tell(seen, "FailedComputeMetricsReplicas", $"invalid metrics ({faults.Length} invalid out of {advices.Length}), first error is: {first.Told}"));
            // Who can't be asked might need the pods that the others would take away.
            if (best is null || best.Replicas < scale.Wanted)
            {
                conditions.Set("ScalingActive", false, first.Reason, $"the HPA was unable to compute the replica count: {first.Error}");
                return (null, events);
            }
        }
        if (best is null) return (null, events);
        conditions.Set("ScalingActive", true, "ValidMetricFound", $"the HPA was able to successfully calculate a replica count from {best.Name}");
        return (best, events);
    }

    private static (Plan, ScalingHistory) Rescale(AutoscalerSeen seen, Conditions conditions, int replicas, string reason, IReadOnlyList<MetricStatus> metrics, List<PlanAction> events, ScalingHistory history)
    {
        var scale = seen.Scale!;
        conditions.Set("AbleToScale", true, "SucceededRescale", $"the HPA controller was able to update the target scale to {replicas}");
        var patch = new PlanAction.Patch(scale.Resource, seen.Autoscaler.Namespace, scale.Name, null, scale.ResourceVersion, new JsonMap { { "spec", new JsonMap { { "replicas", replicas } } } }, "scale")
        {
            Announce = new(seen.Autoscaler.Ref)
            {
                Done = ("SuccessfulRescale", $"New size: {replicas}; reason: {reason}"),
                Failed = ("FailedRescale", $"New size: {replicas}; reason: {reason}; error: {{error}}"),
            },
        };
        var status = Status(seen, conditions, replicas, metrics) with { LastScaleTime = seen.Now };
        return (Plan.Of([.. events, patch, .. StatusChange.To(seen.Autoscaler, status)]).Recheck(Pace), ScalingLimits.Scaled(history, scale.Wanted, replicas, seen.Spec.Behavior, seen.Now));
    }

    private static HorizontalPodAutoscalerStatus Status(AutoscalerSeen seen, Conditions conditions, int wanted, IReadOnlyList<MetricStatus> metrics) => seen.Status with
    {
        CurrentReplicas = seen.Scale!.Wanted.OrNull(),
        DesiredReplicas = wanted,
        CurrentMetrics = metrics.Count == 0 ? null : metrics,
        Conditions = conditions.All,
    };

    private static Plan Told(AutoscalerSeen seen, HorizontalPodAutoscalerStatus status, IEnumerable<PlanAction> events) =>
        Plan.Of([.. events, .. StatusChange.To(seen.Autoscaler, status)]).Recheck(Pace);

    private static PlanAction Tell(AutoscalerSeen seen, string reason, string message) => new PlanAction.Emit(seen.Autoscaler.Ref, "Warning", reason, message);

    /// <summary>Conditions in the order in which they were first told; a time changes with its status.</summary>
    private sealed class Conditions(IReadOnlyList<HorizontalPodAutoscalerCondition> before, DateTimeOffset now)
    {
        private readonly List<HorizontalPodAutoscalerCondition> all = [.. before];

        public IReadOnlyList<HorizontalPodAutoscalerCondition> All => all;

        public void Set(string type, bool holds, string reason, string message)
        {
            var status = holds ? "True" : "False";
            var at = all.FindIndex(c => c.Type == type);
            var known = at < 0 ? null : before.FirstOrDefault(c => c.Type == type);
            var set = new HorizontalPodAutoscalerCondition { Type = type, Status = status, Reason = reason, Message = message, LastTransitionTime = known is not null && known.Status == status ? known.LastTransitionTime : now };
            if (at < 0) all.Add(set);
            else all[at] = set;
        }
    }
}
