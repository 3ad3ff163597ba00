using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Engines.Simulated;

public sealed record PodLifeSeen(Item<Pod> Pod, string HostIP, Func<string> NewPodIP, DateTimeOffset Now);

/// <summary>
/// The next step in the life of a simulated pod, worked out from its spec and status alone: a restart of the simulation loses nothing.
/// </summary>
public static class PodLife
{
    private static readonly ResourceRef Pods = Resources.RefOf<Pod>();

    public static Plan For(PodLifeSeen seen)
    {
        var pod = seen.Pod;
        var script = Script.Of(pod.Meta);
        var phase = pod.Value.Status?.Phase ?? "Pending";
        if (pod.BeingDeleted) return End(seen, script, phase);
        return phase switch
        {
            "Pending" => Start(seen, script),
            "Running" => Run(seen, script),
            _ => Plan.Nothing,
        };
    }

    private static Plan End(PodLifeSeen seen, Script script, string phase)
    {
        var pod = seen.Pod;
        var marked = pod.Meta.Deleted!.Value - TimeSpan.FromSeconds(pod.Meta.DeletionGracePeriodSeconds ?? 0);
        var grace = TimeSpan.FromSeconds(pod.Meta.DeletionGracePeriodSeconds ?? 0);
        var left = marked + (script.StopDelay < grace ? script.StopDelay : grace) - seen.Now;
        if (left > TimeSpan.Zero) return Plan.Recheck(left);
        var actions = new List<PlanAction>();
        // Whoever holds the pod back wants to know how it ended.
        if (phase is "Pending" or "Running" && pod.Meta.Finalizers.Count > 0) actions.Add(Finished(seen, script with { ExitCode = 137 }));
        if (pod.Meta.DeletionGracePeriodSeconds is not 0 || pod.Meta.Finalizers.Count == 0)
            actions.Add(new PlanAction.Delete(Pods, pod.Namespace, pod.Name, pod.Uid, null, GracePeriodSeconds: 0));
        return Plan.Of(actions);
    }

    private static Plan Start(PodLifeSeen seen, Script script)
    {
        var status = seen.Pod.Value.Status;
        var bound = status?.Conditions?.FirstOrDefault(c => c is { Type: "PodScheduled", Status: "True" })?.LastTransitionTime ?? seen.Pod.Meta.Created;
        var wait = bound + script.StartDelay - seen.Now;
        if (script.NoImage)
        {
            var known = status?.ContainerStatuses?.Any(c => c.State?.Waiting is not null) == true;
            return known ? Plan.Nothing : Plan.Of(Status(seen, PodStatuses.Waiting(seen, "ImagePullBackOff", "Back-off pulling image")));
        }
        if (wait > TimeSpan.Zero) return Plan.Recheck(wait);
        var inits = seen.Pod.Value.Spec?.InitContainers?.Count(c => c.RestartPolicy != "Always") ?? 0;
        if (inits > 0 && script.InitTime > TimeSpan.Zero)
        {
            if (status?.StartTime is not { } started) return Plan.Of(Status(seen, PodStatuses.Initializing(seen)));
            var left = started + script.InitTime * inits - seen.Now;
            if (left > TimeSpan.Zero) return Plan.Recheck(left);
        }
        return Plan.Of(Status(seen, PodStatuses.Running(seen, script, restarts: 0))).Recheck(script.RunTime);
    }

    private static Plan Run(PodLifeSeen seen, Script script)
    {
        var status = seen.Pod.Value.Status!;
        if (script.RunTime is { } time)
        {
            var started = status.ContainerStatuses?.Max(c => c.State?.Running?.StartedAt) ?? status.StartTime ?? seen.Now;
            var left = started + time - seen.Now;
            if (left > TimeSpan.Zero) return Readiness(seen, script).Recheck(left);
            var policy = seen.Pod.Value.Spec?.RestartPolicy ?? "Always";
            if (policy == "Never" || policy == "OnFailure" && script.ExitCode == 0) return Plan.Of(Finished(seen, script));
            var restarts = (status.ContainerStatuses?.Max(c => c.RestartCount) ?? 0) + 1;
            return Plan.Of(Status(seen, PodStatuses.Running(seen, script, restarts))).Recheck(time);
        }
        return Readiness(seen, script);
    }

    /// <summary>Readiness follows the annotation while the pod runs.</summary>
    private static Plan Readiness(PodLifeSeen seen, Script script)
    {
        var ready = seen.Pod.Value.Status?.Conditions?.FirstOrDefault(c => c.Type == "ContainersReady")?.Status == "True";
        if (ready != script.NotReady) return Plan.Nothing;
        return Plan.Of(Status(seen, PodStatuses.Running(seen, script, seen.Pod.Value.Status?.ContainerStatuses?.Max(c => c.RestartCount) ?? 0)));
    }

    private static PlanAction Finished(PodLifeSeen seen, Script script) => Status(seen, PodStatuses.Finished(seen, script.ExitCode));

    private static PlanAction.Patch Status(PodLifeSeen seen, PodStatus status) =>
        new(Pods, seen.Pod.Namespace, seen.Pod.Name, seen.Pod.Uid, null, new JsonMap { { "status", KubeJson.ToTree(status) } }, "status");
}
