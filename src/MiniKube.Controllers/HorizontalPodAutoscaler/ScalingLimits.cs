using System.Collections.Immutable;
using MiniKube.Kinds.Autoscaling;

namespace MiniKube.Controllers;

/// <summary>A count within all bounds, and what is said of why it isn't another one.</summary>
public sealed record BoundedCount(int Replicas, (string Reason, string Message) Able, bool Limited, (string Reason, string Message) Limit, ScalingHistory History);

/// <summary>From what metrics ask for to what is done: not back and forth, not faster than allowed, not beyond the bounds.</summary>
public static class ScalingLimits
{
    private const int UsualWindow = 300;

    // As much as doubling, and four at least, where nothing else is said.
    private const int UsualFactor = 2;
    private const int UsualLeast = 4;

    private static readonly (string, string) Ready = ("ReadyForNewScale", "recommended size matches current size");
    private static readonly (string, string) InRange = ("DesiredWithinRange", "the desired count is within the acceptable range");

    public static BoundedCount Of(int advised, AutoscalerSeen seen)
    {
        var current = seen.Scale!.Wanted;
        var (up, down) = (seen.Spec.Behavior?.ScaleUp, seen.Spec.Behavior?.ScaleDown);
        var grows = advised >= current;
        var (upWindow, downWindow) = (up?.StabilizationWindowSeconds ?? 0, down?.StabilizationWindowSeconds ?? UsualWindow);

        var since = seen.Now.AddSeconds(-(grows ? upWindow : downWindow));
        var recent = seen.History.Advised.Where(a => a.At > since).Select(a => a.Replicas).Append(advised);
        var stable = grows ? recent.Min() : recent.Max();
        var able = stable == advised ? Ready
            : grows ? ("ScaleUpStabilized", "recent recommendations were lower than current one, applying the lowest recent recommendation")
            : ("ScaleDownStabilized", "recent recommendations were higher than current one, applying the highest recent recommendation");

        var oldest = seen.Now.AddSeconds(-Math.Max(upWindow, downWindow));
        var history = seen.History with { Advised = seen.History.Advised.RemoveAll(a => a.At < oldest).Add((advised, seen.Now)) };
        var (replicas, limit) = seen.Spec.Behavior is null ? Usual(stable, current, seen) : Ruled(stable, current, seen, up, down);
        return new(replicas, able, replicas != stable, limit, history);
    }

    /// <summary>Notes what is being done, for the rules that look back at it.</summary>
    public static ScalingHistory Scaled(ScalingHistory history, int from, int to, HorizontalPodAutoscalerBehavior? behavior, DateTimeOffset now) => to > from
        ? history with { Added = Noted(history.Added, to - from, behavior?.ScaleUp, now) }
        : history with { Removed = Noted(history.Removed, from - to, behavior?.ScaleDown, now) };

    private static ImmutableList<(int, DateTimeOffset)> Noted(ImmutableList<(int Pods, DateTimeOffset At)> before, int pods, HPAScalingRules? rules, DateTimeOffset now)
    {
        var longest = (rules?.Policies ?? []).Max(p => (int?)p.PeriodSeconds) ?? 0;
        return before.RemoveAll(e => e.At < now.AddSeconds(-longest)).Add((pods, now));
    }

    private static (int, (string, string)) Usual(int wanted, int current, AutoscalerSeen seen)
    {
        var step = Math.Max(UsualFactor * current, UsualLeast);
        if (wanted < seen.Least) return (seen.Least, TooFew);
        return wanted > Math.Min(seen.Most, step) ? seen.Most > step ? (step, TooFast) : (seen.Most, TooMany) : (wanted, InRange);
    }

    private static (int, (string, string)) Ruled(int wanted, int current, AutoscalerSeen seen, HPAScalingRules? up, HPAScalingRules? down)
    {
        if (wanted > current)
        {
            var step = Math.Max(current, Furthest(current, up, seen.History.Added, seen.Now, adds: true));
            return wanted > Math.Min(seen.Most, step) ? seen.Most > step ? (step, TooFast) : (seen.Most, TooMany) : (wanted, InRange);
        }
        if (wanted < current)
        {
            var step = Math.Min(current, Furthest(current, down, seen.History.Removed, seen.Now, adds: false));
            return wanted < Math.Max(seen.Least, step) ? seen.Least < step ? (step, TooFastDown) : (seen.Least, TooFew) : (wanted, InRange);
        }
        return (wanted, InRange);
    }

    /// <summary>How far the policies let it go, counted from where each one's period began.</summary>
    private static int Furthest(int current, HPAScalingRules? rules, ImmutableList<(int Pods, DateTimeOffset At)> done, DateTimeOffset now, bool adds)
    {
        if (rules?.SelectPolicy == "Disabled" || rules?.Policies is not { Count: > 0 } policies) return current;
        var ends = policies.Select(policy =>
        {
            var lately = done.Where(e => e.At > now.AddSeconds(-(policy.PeriodSeconds ?? 0))).Sum(e => e.Pods);
            var start = adds ? current - lately : current + lately;
            var value = policy.Value ?? 0;
            return policy.Type == "Pods" ? adds ? start + value : start - value
                : adds ? (int)Math.Ceiling(start * (1 + value / 100.0)) : (int)(start * (1 - value / 100.0));
        });
        return (rules.SelectPolicy == "Min") == adds ? ends.Min() : ends.Max();
    }

    private static readonly (string, string) TooFast = ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate");
    private static readonly (string, string) TooFastDown = ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate");
    private static readonly (string, string) TooMany = ("TooManyReplicas", "the desired replica count is more than the maximum replica count");
    private static readonly (string, string) TooFew = ("TooFewReplicas", "the desired replica count is less than the minimum replica count");
}
