using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Pods;

/// <summary>
/// Containers that the engine has no more but the pod's status knows: removed behind the node's back, or with all the engine held. They have
/// ended, and their names and numbers are taken, so they stand in the engine's state as what was told of them.
/// </summary>
internal static class LostContainers
{
    private static readonly ContainerStateTerminated Unknown = new()
    {
        ExitCode = 137, Reason = "ContainerStatusUnknown", Message = "The container could not be located when the pod was deleted.  The container used to be Running",
    };

    public static PodSeen Remember(PodSeen seen)
    {
        // What is over is told as it was, and what goes needs no past.
        if (seen.Deleted || seen.Pod.Status is not { Phase: not ("Succeeded" or "Failed") } status) return seen;
        List<ContainerInfo>? lost = null;
        Dictionary<string, ContainerStateTerminated>? ends = null;
        foreach (var told in (status.ContainerStatuses ?? []).Concat(status.InitContainerStatuses ?? []).Concat(status.EphemeralContainerStatuses ?? []))
        {
            if (told.ContainerID?.Split("://") is not [_, { Length: > 0 } id] || seen.Engine.Containers.Any(c => c.Id == id || c.Name == told.Name && c.Attempt == told.RestartCount)) continue;
            if (EndOf(told) is not { } end) continue;
            (lost ??= []).Add(new(id, seen.Identity, told.Name!, told.RestartCount ?? 0, ContainerPhase.Exited)
            {
                Image = told.Image ?? "", ImageId = told.ImageID ?? "", ExitCode = end.ExitCode ?? 0, CreatedAt = seen.Now, StartedAt = end.StartedAt, FinishedAt = end.FinishedAt ?? seen.Now,
            });
            (ends ??= [])[id] = end;
        }
        return lost is null ? seen : seen with { Engine = seen.Engine with { Containers = [.. seen.Engine.Containers, .. lost] }, Ends = ends! };
    }

    private static ContainerStateTerminated? EndOf(ContainerStatus told) =>
        told.State?.Running is not null ? Unknown : told.State?.Terminated ?? (told.State?.Waiting?.Reason == "CrashLoopBackOff" ? told.LastState?.Terminated : null);
}
