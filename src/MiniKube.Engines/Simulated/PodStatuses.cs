using MiniKube.Kinds.Core;

namespace MiniKube.Engines.Simulated;

/// <summary>The statuses that a node agent would report.</summary>
internal static class PodStatuses
{
    public static PodStatus Running(PodLifeSeen seen, Script script, int restarts)
    {
        var ip = Ip(seen);
        var ready = !script.NotReady;
        return Base(seen, "Running", initialized: true, ready, ready ? null : "ContainersNotReady") with
        {
            PodIP = ip,
            PodIPs = [new() { Ip = ip }],
            ContainerStatuses = Containers(seen, c => new ContainerState { Running = new() { StartedAt = seen.Now } }, ready, restarts, started: true),
            InitContainerStatuses = Inits(seen, done: true),
        };
    }

    public static PodStatus Initializing(PodLifeSeen seen) => Base(seen, "Pending", initialized: false, ready: false, "ContainersNotReady") with
    {
        ContainerStatuses = Containers(seen, _ => new ContainerState { Waiting = new() { Reason = "PodInitializing" } }, false, 0, started: false),
        InitContainerStatuses = Inits(seen, done: false),
    };

    public static PodStatus Waiting(PodLifeSeen seen, string reason, string message)
    {
        var ip = Ip(seen);
        return Base(seen, "Pending", initialized: true, ready: false, "ContainersNotReady") with
        {
            PodIP = ip,
            PodIPs = [new() { Ip = ip }],
            ContainerStatuses = Containers(seen,
                c => new ContainerState { Waiting = new() { Reason = reason, Message = $"{message} \"{c.Image}\"" } }, false, 0, started: false),
        };
    }

    public static PodStatus Finished(PodLifeSeen seen, int exitCode)
    {
        var (ok, ip) = (exitCode == 0, Ip(seen));
        var started = seen.Pod.Value.Status?.StartTime ?? seen.Now;
        var ended = new ContainerState
        {
            Terminated = new() { ExitCode = exitCode, Reason = ok ? "Completed" : "Error", StartedAt = started, FinishedAt = seen.Now },
        };
        return Base(seen, ok ? "Succeeded" : "Failed", initialized: true, ready: false, ok ? "PodCompleted" : "PodFailed") with
        {
            PodIP = ip,
            PodIPs = [new() { Ip = ip }],
            ContainerStatuses = Containers(seen, _ => ended, false, seen.Pod.Value.Status?.ContainerStatuses?.Max(c => c.RestartCount) ?? 0, started: false),
            InitContainerStatuses = Inits(seen, done: true),
        };
    }

    private static PodStatus Base(PodLifeSeen seen, string phase, bool initialized, bool ready, string? notReadyReason) => new()
    {
        Phase = phase,
        HostIP = seen.HostIP,
        HostIPs = [new() { Ip = seen.HostIP }],
        StartTime = seen.Pod.Value.Status?.StartTime ?? seen.Now,
        ObservedGeneration = seen.Pod.Meta.Generation,
        Conditions =
        [
            Condition(seen, "PodReadyToStartContainers", phase is "Pending" or "Running", null),
            Condition(seen, "Initialized", initialized, initialized ? null : "ContainersNotInitialized"),
            Condition(seen, "Ready", ready && GatesOpen(seen), ready ? GatesOpen(seen) ? null : "ReadinessGatesNotReady" : notReadyReason),
            Condition(seen, "ContainersReady", ready, notReadyReason),
            Condition(seen, "PodScheduled", true, null),
            .. (seen.Pod.Value.Status?.Conditions ?? []).Where(c => c.Type is not
                ("PodReadyToStartContainers" or "Initialized" or "Ready" or "ContainersReady" or "PodScheduled")),
        ],
    };

    private static bool GatesOpen(PodLifeSeen seen) => (seen.Pod.Value.Spec?.ReadinessGates ?? [])
        .All(g => seen.Pod.Value.Status?.Conditions?.Any(c => c.Type == g.ConditionType && c.Status == "True") == true);

    private static PodCondition Condition(PodLifeSeen seen, string type, bool holds, string? reason)
    {
        var status = holds ? "True" : "False";
        var old = seen.Pod.Value.Status?.Conditions?.FirstOrDefault(c => c.Type == type);
        return new()
        {
            Type = type,
            Status = status,
            Reason = reason,
            ObservedGeneration = seen.Pod.Meta.Generation,
            LastTransitionTime = old?.Status == status ? old.LastTransitionTime : seen.Now,
        };
    }

    private static ContainerStatus[] Containers(PodLifeSeen seen, Func<Container, ContainerState> state, bool ready, int restarts, bool started) =>
        [.. (seen.Pod.Value.Spec?.Containers ?? []).Select(c => new ContainerStatus
        {
            Name = c.Name, Image = c.Image, ImageID = started ? $"sim://{c.Image}" : "", ContainerID = started ? $"sim://{seen.Pod.Uid}/{c.Name}/{restarts}" : null,
            Ready = ready, Started = started, RestartCount = restarts, State = state(c), LastState = new(),
        })];

    private static ContainerStatus[]? Inits(PodLifeSeen seen, bool done) => seen.Pod.Value.Spec?.InitContainers is not { Count: > 0 } inits
        ? null
        : [.. inits.Select((c, i) => new ContainerStatus
        {
            Name = c.Name, Image = c.Image, ImageID = $"sim://{c.Image}", Ready = done, Started = c.RestartPolicy == "Always" && done,
            RestartCount = 0, LastState = new(),
            State = c.RestartPolicy == "Always" && done || !done && i == 0
                ? new() { Running = new() { StartedAt = seen.Now } }
                : done ? new() { Terminated = new() { ExitCode = 0, Reason = "Completed", StartedAt = seen.Now, FinishedAt = seen.Now } }
                : new() { Waiting = new() { Reason = "PodInitializing" } },
        })];

    private static string Ip(PodLifeSeen seen) => seen.Pod.Value.Spec?.HostNetwork == true ? seen.HostIP
        : seen.Pod.Value.Status?.PodIP is { Length: > 0 } known ? known : seen.NewPodIP();
}
