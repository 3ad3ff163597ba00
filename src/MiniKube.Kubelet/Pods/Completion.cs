using MiniKube.Kubelet.Status;

namespace MiniKube.Kubelet.Pods;

/// <summary>A pod that has run its course: nothing is started any more, what still runs is stopped, the containers stay for their logs.</summary>
internal static class Completion
{
    public static bool IsOver(PodSeen seen) =>
        seen.End is not null || seen.Pod.Status?.Phase is "Succeeded" or "Failed" || Deadline.Passed(seen) || Phases.Of(seen) is "Succeeded" or "Failed" || MainsAreDone(seen);

    public static PodPlan WindUp(PodSeen seen)
    {
        var grace = seen.End?.Grace ?? TimeSpan.FromSeconds(seen.Spec.TerminationGracePeriodSeconds ?? 30);
        if (Termination.StopAll(seen, grace) is { } stopping) return stopping;
        return seen.Sandbox is { Running: true } sandbox ? new([new PodStep.StopSandbox(sandbox.Id)]) : PodPlan.Nothing;
    }

    /// <summary>Only sidecars are left: they have nobody to serve.</summary>
    private static bool MainsAreDone(PodSeen seen)
    {
        var mains = seen.Spec.Containers ?? [];
        return mains.Count > 0 && mains.All(c => seen.Latest(c.Name!) is { } last && Restarts.HasEnded(last) && !Restarts.Wanted(seen, c, ContainerKind.Main, last));
    }
}

/// <summary>activeDeadlineSeconds, counted from when the pod was accepted.</summary>
internal static class Deadline
{
    public static readonly PodEnd End = new("DeadlineExceeded", "Pod was active on the node longer than the specified deadline");

    public static bool Passed(PodSeen seen) => Left(seen) is { } left && left <= TimeSpan.Zero;

    public static TimeSpan? Left(PodSeen seen) =>
        seen.Spec.ActiveDeadlineSeconds is { } seconds && seen.Pod.Status?.StartTime is { } start ? start + TimeSpan.FromSeconds(seconds) - seen.Now : null;
}

/// <summary>Ended containers beyond the last one of a name: nobody can ask for their logs.</summary>
internal static class Leftovers
{
    public static void Remove(PlanDraft draft)
    {
        foreach (var old in draft.Seen.Engine.Containers)
        {
            if (old.Phase == ContainerPhase.Running) continue;
            var newer = draft.Seen.Engine.Containers.Count(c => c.Name == old.Name && c.Attempt > old.Attempt);
            if (newer >= 2) draft.Add(new PodStep.Remove(old));
        }
    }
}
