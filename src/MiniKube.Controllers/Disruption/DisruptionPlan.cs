using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Meta;
using MiniKube.Kinds.Policy;

namespace MiniKube.Controllers;

/// <summary>Scale is what an owner of pods wants in all; null when there is no such owner, or none that could say.</summary>
public sealed record DisruptionSeen(Item<PodDisruptionBudget> Budget, IReadOnlyList<Item<Pod>> Pods, Func<Item<Pod>, (string Uid, int Scale)?> OwnerOf, DateTimeOffset Now)
{
    /// <summary>The pods are as they were before the budget was last written, an eviction perhaps: pods that it charged may be yet to appear.</summary>
    public bool PodsAreBehind { get; init; }

    /// <summary>The resource of a pod's owner, when its objects have no scale.</summary>
    public Func<Item<Pod>, string?> Unscalable { get; init; } = _ => null;

    /// <summary>The name of the first of several budgets that select a pod; null when it is this one, or the only one.</summary>
    public Func<Item<Pod>, string?> RivalOf { get; init; } = _ => null;
}

/// <summary>How many of an application's pods may be taken away now: the eviction API goes by this number.</summary>
public static class DisruptionPlan
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static Plan For(DisruptionSeen seen)
    {
        var status = seen.Budget.Value.Status ?? new();
        // Evicted, but not gone yet: it doesn't count as healthy any more, unless it stays after all. One that isn't here may not have come
        // yet: forgotten now, it would count when it appears, until it is seen to go.
        var charged = status.DisruptedPods ?? new Dictionary<string, DateTimeOffset>();
        var evicted = charged
            .Where(d => d.Value + Patience > seen.Now && (seen.Pods.FirstOrDefault(p => p.Name == d.Key) is { } pod ? !pod.BeingDeleted && !pod.IsTerminal() : seen.PodsAreBehind))
            .ToDictionary();
        var events = Events(seen, charged).ToList();
        PodDisruptionBudgetStatus next;
        if (Expected(seen, out var failure) is { } counts)
        {
            var healthy = seen.Pods.Count(p => !p.BeingDeleted && !p.IsTerminal() && p.IsReady() && !evicted.ContainsKey(p.Name));
            var allowed = counts.Expected > 0 ? Math.Max(0, healthy - counts.Desired) : 0;
            next = new()
            {
                CurrentHealthy = healthy, DesiredHealthy = counts.Desired, ExpectedPods = counts.Expected, DisruptionsAllowed = allowed,
                DisruptedPods = evicted.Count == 0 ? null : evicted, ObservedGeneration = seen.Budget.Meta.Generation,
                Conditions = Conditions(seen, status, allowed > 0, allowed > 0 ? "SufficientPods" : "InsufficientPods", "", seen.Budget.Meta.Generation),
            };
        }
        else
        {
            // Nothing more may go, and the rest stays as it was.
            events.Add(new(seen.Budget.Ref, "Warning", "CalculateExpectedPodCountFailed", $"Failed to calculate the number of expected pods: {failure}"));
            next = status with
            {
                CurrentHealthy = status.CurrentHealthy ?? 0,
                DesiredHealthy = status.DesiredHealthy ?? 0,
                ExpectedPods = status.ExpectedPods ?? 0,
                DisruptionsAllowed = 0,
                Conditions = Conditions(seen, status, false, "SyncFailed", failure, status.ObservedGeneration),
            };
        }
        var writes = StatusChange.To(seen.Budget, next, asSeen: true).ToArray();
        var forget = evicted.Count == 0 ? (TimeSpan?)null : evicted.Values.Min() + Patience - seen.Now;
        // What is told with every look would be told for ever: only a change is news.
        return Plan.Of(writes.Concat(writes.Length == 0 && seen.Pods.Count > 0 ? [] : events)).Recheck(forget);
    }

    private static IEnumerable<PlanAction.Emit> Events(DisruptionSeen seen, IReadOnlyDictionary<string, DateTimeOffset> charged)
    {
        if (seen.Pods.Count == 0) yield return new(seen.Budget.Ref, "Normal", "NoPods", "No matching pods found");
        if (seen.Budget.Value.Spec is { } spec && (spec.MaxUnavailable is not null || spec.MinAvailable is { Number: null }) && seen.Pods.Any(p => p.Meta.Controller is null))
        {
            yield return new(seen.Budget.Ref, "Warning", "UnmanagedPods", $"Pods selected by this PodDisruptionBudget (selector: {GoSelector.Of(spec.Selector)}) were found " +
                "to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. " +
                "To account for these pods please set \".spec.minAvailable\" field of the PDB to an integer value.");
        }
        foreach (var pod in seen.Pods)
        {
            if (seen.RivalOf(pod) is { } rival)
            {
                yield return new(pod.Ref, "Warning", "MultiplePodDisruptionBudgets",
                    $"Pod \"{pod.Namespace}\"/\"{pod.Name}\" matches multiple PodDisruptionBudgets.  Chose \"{rival}\" arbitrarily.");
            }
            if (!pod.BeingDeleted && charged.TryGetValue(pod.Name, out var when) && when + Patience <= seen.Now)
                yield return new(pod.Ref, "Warning", "NotDeleted", $"Pod was expected by PDB {seen.Budget.Namespace}/{seen.Budget.Namespace} to be deleted but it wasn't");
        }
    }

    private static (int Expected, int Desired)? Expected(DisruptionSeen seen, out string failure)
    {
        failure = "";
        var spec = seen.Budget.Value.Spec ?? new();
        if (spec.MaxUnavailable is null && spec.MinAvailable is null) return (0, 0);
        if (spec.MaxUnavailable is null && spec.MinAvailable?.Number is { } number) return (seen.Pods.Count, number);
        if (Scale(seen, out failure) is not { } scale) return null;
        return spec.MaxUnavailable is { } most
            ? (scale, Math.Max(0, scale - (most.Of(scale, roundUp: true) ?? 0)))
            : (scale, spec.MinAvailable?.Of(scale, roundUp: true) ?? 0);
    }

    /// <summary>What all owners of the pods want together. Pods without an owner don't count.</summary>
    private static int? Scale(DisruptionSeen seen, out string failure)
    {
        failure = "";
        var owners = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var pod in seen.Pods.Where(p => p.Meta.Controller is not null))
        {
            if (seen.OwnerOf(pod) is not { } owner)
            {
                failure = seen.Unscalable(pod) is { } kind ? $"{kind} does not implement the scale subresource" : $"found no controllers for pod \"{pod.Name}\"";
                return null;
            }
            owners[owner.Uid] = owner.Scale;
        }
        return owners.Values.Sum();
    }

    private static Condition[] Conditions(DisruptionSeen seen, PodDisruptionBudgetStatus status, bool allowed, string reason, string message, long? generation)
    {
        var current = status.Conditions?.FirstOrDefault(c => c.Type == "DisruptionAllowed");
        var value = allowed ? "True" : "False";
        return
        [
            .. (status.Conditions ?? []).Where(c => c.Type != "DisruptionAllowed"),
            new()
            {
                Type = "DisruptionAllowed", Status = value, Reason = reason, Message = message, ObservedGeneration = generation,
                LastTransitionTime = current?.Status == value ? current.LastTransitionTime : seen.Now,
            },
        ];
    }
}
