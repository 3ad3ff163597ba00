using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Meta;
using MiniKube.Kinds.Policy;

namespace MiniKube.Controllers;

/// <summary>Scale is what an owner of pods wants in all; null when nobody can say.</summary>
public sealed record DisruptionSeen(Item<PodDisruptionBudget> Budget, IReadOnlyList<Item<Pod>> Pods, Func<Item<Pod>, (string Uid, int Scale)?> OwnerOf, DateTimeOffset Now)
{
    /// <summary>The pods are as they were before the budget was last written, an eviction perhaps: pods that it charged may be yet to appear.</summary>
    public bool PodsAreBehind { get; init; }
}

/// <summary>How many of an application's pods may be taken away now: the eviction API goes by this number.</summary>
public static class DisruptionPlan
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static Plan For(DisruptionSeen seen)
    {
        var status = seen.Budget.Value.Status ?? new();
        var pods = seen.Pods.Where(p => !p.IsTerminal()).ToArray();
        // Evicted, but not gone yet: it doesn't count as healthy any more, unless it stays after all. One that isn't here may not have come
        // yet: forgotten now, it would count when it appears, until it is seen to go.
        var evicted = (status.DisruptedPods ?? new Dictionary<string, DateTimeOffset>())
            .Where(d => d.Value + Patience > seen.Now && (seen.Pods.FirstOrDefault(p => p.Name == d.Key) is { } pod ? !pod.BeingDeleted && !pod.IsTerminal() : seen.PodsAreBehind))
            .ToDictionary();
        var healthy = pods.Count(p => !p.BeingDeleted && p.IsReady() && !evicted.ContainsKey(p.Name));
        var (expected, desired, failure) = Expected(seen, pods);
        var allowed = failure is null && expected > 0 ? Math.Max(0, healthy - desired) : 0;
        var next = new PodDisruptionBudgetStatus
        {
            CurrentHealthy = failure is null ? healthy : status.CurrentHealthy ?? 0,
            DesiredHealthy = failure is null ? desired : status.DesiredHealthy ?? 0,
            ExpectedPods = failure is null ? expected : status.ExpectedPods ?? 0,
            DisruptionsAllowed = allowed,
            DisruptedPods = evicted.Count == 0 ? null : evicted,
            ObservedGeneration = seen.Budget.Meta.Generation,
            Conditions = Conditions(seen, status, allowed, failure),
        };
        var forget = evicted.Count == 0 ? (TimeSpan?)null : evicted.Values.Min() + Patience - seen.Now;
        return Plan.Of(StatusChange.To(seen.Budget, next, asSeen: true)).Recheck(forget);
    }

    private static (int Expected, int Desired, string? Failure) Expected(DisruptionSeen seen, Item<Pod>[] pods)
    {
        var spec = seen.Budget.Value.Spec ?? new();
        if (spec.MaxUnavailable is { } most)
        {
            if (Scale(seen, pods) is not { } scale) return (0, 0, "found no controller ref for a pod");
            return (scale, Math.Max(0, scale - (most.Of(scale, roundUp: true) ?? 0)), null);
        }
        if (spec.MinAvailable is not { } least) return (pods.Length, pods.Length, null);
        if (least.Number is { } number) return (pods.Length, number, null);
        if (Scale(seen, pods) is not { } total) return (0, 0, "found no controller ref for a pod");
        return (total, least.Of(total, roundUp: true) ?? 0, null);
    }

    private static int? Scale(DisruptionSeen seen, Item<Pod>[] pods)
    {
        var owners = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var pod in pods)
        {
            if (seen.OwnerOf(pod) is not { } owner) return null;
            owners[owner.Uid] = owner.Scale;
        }
        return owners.Values.Sum();
    }

    private static Condition[] Conditions(DisruptionSeen seen, PodDisruptionBudgetStatus status, int allowed, string? failure)
    {
        var current = status.Conditions?.FirstOrDefault(c => c.Type == "DisruptionAllowed");
        var value = allowed > 0 ? "True" : "False";
        return
        [
            .. (status.Conditions ?? []).Where(c => c.Type != "DisruptionAllowed"),
            new()
            {
                Type = "DisruptionAllowed",
                Status = value,
                Reason = failure is not null ? "SyncFailed" : allowed > 0 ? "SufficientPods" : "InsufficientPods",
                Message = failure ?? "",
                ObservedGeneration = seen.Budget.Meta.Generation,
                LastTransitionTime = current?.Status == value ? current.LastTransitionTime : seen.Now,
            },
        ];
    }
}
