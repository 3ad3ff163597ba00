using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Pods;

namespace MiniKube.Kubelet.Status;

/// <summary>The status of one container as upstream words it.</summary>
internal static class ContainerStates
{
    public static ContainerStatus Of(PodSeen seen, PodPlan plan, Container container, ContainerKind kind)
    {
        var name = container.Name!;
        var latest = seen.Latest(name);
        var trouble = seen.Troubles.GetValueOrDefault(name);
        var old = Known(seen, kind)?.FirstOrDefault(s => s.Name == name);
        // Its container may have gone to free space: what was told of it stays.
        if (latest is null && old is { State.Terminated: not null } && seen.Pod.Status is { Phase: "Succeeded" or "Failed" }) return old;
        if (latest is null)
        {
            return new ContainerStatus
            {
                Name = name, Image = container.Image, ImageID = "", Ready = false, RestartCount = 0, Started = false, LastState = new(),
                State = old?.State?.Terminated is not null || old?.State?.Running is not null && seen.Deleted || kind == ContainerKind.Main && NeverCame(seen) ? Lost(old) : new() { Waiting = trouble is null ? new() { Reason = DefaultWaiting(seen, kind) } : new() { Reason = trouble.Reason, Message = trouble.Message } },
                AllocatedResources = container.Resources?.Requests, Resources = Resources(container),
            };
        }
        var running = latest.Phase == ContainerPhase.Running;
        var started = running && ContainerStep.IsStarted(seen, container, latest);
        var before = seen.Before(latest);
        var state = State(seen, latest);
        // Of what is no longer there what was told stays.
        var lastState = before is not null ? State(seen, before) : latest.Attempt > 0 && old?.RestartCount == latest.Attempt && old.LastState is { } past && past.Terminated?.ContainerID != ContainerId(seen, latest) ? past : new();
        if (Restarts.HasEnded(latest) && plan.HeldBack.GetValueOrDefault(name) is { } held)
        {
            lastState = state;
            state = new() { Waiting = new() { Reason = "CrashLoopBackOff", Message = $"back-off {GoText.Of(held.Wait)} restarting failed container={name} pod={seen.Identity.Name}_{seen.Identity.Namespace}({seen.Identity.Uid})" } };
        }
        else if (trouble is not null && !running && !seen.Deleted && (!Restarts.HasEnded(latest) || Restarts.Wanted(seen, container, kind, latest)))
        {
            if (Restarts.HasEnded(latest)) lastState = state;
            state = new() { Waiting = new() { Reason = trouble.Reason, Message = trouble.Message } };
        }
        return new ContainerStatus
        {
            Name = name, Image = latest.Image.StartsWith("sha256:", StringComparison.Ordinal) ? container.Image : latest.Image,
            ImageID = latest.ImageId, ContainerID = ContainerId(seen, latest),
            Ready = kind == ContainerKind.Init ? Restarts.HasEnded(latest) && Restarts.CodeOf(latest) == 0 : running && started && (container.ReadinessProbe is null || seen.Verdict(latest).Ready == true),
            Started = kind == ContainerKind.Ephemeral ? null : started, RestartCount = latest.Attempt, State = state, LastState = lastState,
            AllocatedResources = container.Resources?.Requests,
            // As long as a change isn't made, what was there before is what there is.
            Resources = old?.Resources is not null && ResizeStep.IsDue(seen, container, latest) ? old.Resources : Resources(container), VolumeMounts = Mounts(seen, container),
            User = latest.User is { } user ? new() { Linux = new() { Uid = user.User, Gid = user.Group, SupplementalGroups = user.Groups is { Count: > 0 } groups ? groups : null } } : null,
            // Nobody asks after it who hasn't said it.
            StopSignal = container.Lifecycle?.StopSignal is { } signal ? latest.StopSignal ?? signal : null,
        };
    }

    public static string ContainerId(PodSeen seen, ContainerInfo container) => $"{seen.Runtime}://{container.Id}";

    public static ContainerState State(PodSeen seen, ContainerInfo container)
    {
        if (seen.Ends.GetValueOrDefault(container.Id) is { } told) return new() { Terminated = told };
        if (container.Phase == ContainerPhase.Running) return new() { Running = new() { StartedAt = container.StartedAt } };
        if (!Restarts.HasEnded(container)) return new() { Waiting = new() { Reason = "ContainerCreating" } };
        var code = Restarts.CodeOf(container);
        var failedStart = container.Phase == ContainerPhase.Created;
        return new()
        {
            Terminated = new()
            {
                ExitCode = code, ContainerID = ContainerId(seen, container),
                Reason = failedStart ? "StartError" : container.OutOfMemory ? "OOMKilled" : container.Reason.Length > 0 ? container.Reason : code == 0 ? "Completed" : "Error",
                Message = failedStart ? container.Error : seen.LastWords.GetValueOrDefault(container.Id),
                StartedAt = container.StartedAt ?? DateTimeOffset.UnixEpoch, FinishedAt = Restarts.EndOf(container),
            },
        };
    }

    /// <summary>The pod was ended when it was the container's turn. As long as one before it kept it from its turn it goes on waiting.</summary>
    private static bool NeverCame(PodSeen seen) => (seen.End is not null || Deadline.Passed(seen)) &&
        (seen.Spec.InitContainers ?? []).All(i => i.RestartPolicy == "Always" || seen.Latest(i.Name!) is { } last && Restarts.HasEnded(last) && Restarts.CodeOf(last) == 0);

    /// <summary>The engine has no trace of it, and never will have.</summary>
    private static ContainerState Lost(ContainerStatus? old) => old?.State?.Terminated is not null ? old.State : new()
    {
        Terminated = new() { ExitCode = 137, Reason = "ContainerStatusUnknown", Message = "The container could not be located when the pod was terminated", StartedAt = null, FinishedAt = null },
    };

    private static IReadOnlyList<ContainerStatus>? Known(PodSeen seen, ContainerKind kind) => kind switch
    {
        ContainerKind.Main => seen.Pod.Status?.ContainerStatuses,
        ContainerKind.Ephemeral => seen.Pod.Status?.EphemeralContainerStatuses,
        _ => seen.Pod.Status?.InitContainerStatuses,
    };

    private static string DefaultWaiting(PodSeen seen, ContainerKind kind) =>
        kind is ContainerKind.Init or ContainerKind.Sidecar || seen.Spec.InitContainers is { Count: > 0 } ? "PodInitializing" : "ContainerCreating";

    private static ResourceRequirements? Resources(Container container) => container.Resources is { Limits: null, Requests: null } ? new() : container.Resources;

    private static IReadOnlyList<VolumeMountStatus>? Mounts(PodSeen seen, Container container) => container.VolumeMounts is not { Count: > 0 } mounts ? null :
    [
        .. mounts.Select(m => new VolumeMountStatus
        {
            Name = m.Name, MountPath = m.MountPath, ReadOnly = m.ReadOnly == true ? true : null, RecursiveReadOnly = m.ReadOnly != true ? null : Volumes.Mounts.ReadOnlyBelow(m, seen.RecursiveReadOnly).Wanted ? "Enabled" : "Disabled",
        }),
    ];
}
