using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

/// <summary>What controllers ask of a pod.</summary>
public static class PodState
{
    public static string Phase(this Item<Pod> pod) => pod.Value.Status?.Phase ?? "Pending";

    public static bool IsTerminal(this Item<Pod> pod) => pod.Phase() is "Succeeded" or "Failed";

    /// <summary>Counts towards what its owner wants: neither finished nor on its way out.</summary>
    public static bool IsActive(this Item<Pod> pod) => !pod.BeingDeleted && !pod.IsTerminal();

    public static bool IsTerminating(this Item<Pod> pod) => pod.BeingDeleted && !pod.IsTerminal();

    public static PodCondition? Condition(this Item<Pod> pod, string type)
    {
        if (pod.Value.Status?.Conditions is not { } conditions) return null;
        foreach (var condition in conditions)
            if (condition.Type == type) return condition;
        return null;
    }

    public static bool IsReady(this Item<Pod> pod) => pod.Condition("Ready") is { Status: "True" };

    /// <summary>How long until a pod counts as available; zero when it does, null when it isn't ready at all.</summary>
    public static TimeSpan? AvailableIn(this Item<Pod> pod, int minReadySeconds, DateTimeOffset now)
    {
        if (pod.Condition("Ready") is not { Status: "True" } ready) return null;
        if (minReadySeconds == 0) return TimeSpan.Zero;
        if (ready.LastTransitionTime is not { } since) return null;
        var left = since + TimeSpan.FromSeconds(minReadySeconds) - now;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    public static bool IsAvailable(this Item<Pod> pod, int minReadySeconds, DateTimeOffset now) =>
        pod.AvailableIn(minReadySeconds, now) == TimeSpan.Zero;

    public static string NodeName(this Item<Pod> pod) => pod.Value.Spec?.NodeName ?? "";

    public static int Restarts(this Item<Pod> pod) => pod.Value.Status?.ContainerStatuses?.Sum(c => c.RestartCount ?? 0) ?? 0;
}
