using MiniKube.Kubelet.Pods;

namespace MiniKube.Kubelet.Status;

/// <summary>The phase that containers' states amount to.</summary>
internal static class Phases
{
    public static string Of(PodSeen seen)
    {
        if (seen.Pod.Status?.Phase is "Succeeded" or "Failed") return seen.Pod.Status.Phase;
        if ((seen.End is not null || Deadline.Passed(seen)) && !seen.Engine.Containers.Any(c => c.Phase == ContainerPhase.Running)) return "Failed";

        var mains = seen.Spec.Containers ?? [];
        var last = mains.Select(c => seen.Latest(c.Name!)).ToArray();
        var initsPending = false;
        if (!last.Any(c => c is not null && c.SandboxId == seen.Sandbox?.Id && !RestartAll.IsPast(seen, c)) && !(seen.Sandbox is not { Running: true } && last.All(c => c is not null)))
        {
            foreach (var init in seen.Spec.InitContainers ?? [])
            {
                var state = seen.Current(init.Name!);
                if (init.RestartPolicy == "Always")
                {
                    if (state is not { Phase: ContainerPhase.Running } || !ContainerStep.IsStarted(seen, init, state)) initsPending = true;
                }
                else if (state is null || !Restarts.HasEnded(state))
                {
                    initsPending = true;
                }
                else if (Restarts.CodeOf(state) != 0)
                {
                    if (!Restarts.Wanted(seen, init, ContainerKind.Init, state)) return "Failed";
                    initsPending = true;
                }
            }
        }
        if (initsPending) return "Pending";
        // A container that is waiting for its very first start keeps the pod pending.
        if (last.Any(c => c is null || c.Phase == ContainerPhase.Created && !Restarts.HasEnded(c))) return seen.Deleted && !last.Any(c => c?.Phase == ContainerPhase.Running) && last.Any(c => c is not null) ? "Failed" : "Pending";
        if (last.Any(c => c!.Phase == ContainerPhase.Running)) return "Running";

        var succeeded = last.All(c => Restarts.CodeOf(c!) == 0);
        if (seen.Deleted) return succeeded ? "Succeeded" : "Failed";
        var again = mains.Zip(last).Any(p => Restarts.Wanted(seen, p.First, ContainerKind.Main, p.Second!));
        if (again) return "Running";
        if (seen.Engine.Containers.Any(c => c.Phase == ContainerPhase.Running)) return "Running";
        return succeeded ? "Succeeded" : "Failed";
    }
}
