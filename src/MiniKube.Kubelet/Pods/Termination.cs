namespace MiniKube.Kubelet.Pods;

/// <summary>The end of a deleted pod: containers stop within the grace that is left, sidecars after the others and in reverse, then everything goes.</summary>
internal static class Termination
{
    public static PodPlan Of(PodSeen seen)
    {
        if (StopAll(seen, GraceLeft(seen)) is { } stopping) return stopping;
        if (seen.Sandbox is { Running: true } sandbox) return new([new PodStep.StopSandbox(sandbox.Id), new PodStep.Finish()]);
        return new([new PodStep.Finish()]);
    }

    /// <summary>A plan while anything still runs; null when nothing does.</summary>
    public static PodPlan? StopAll(PodSeen seen, TimeSpan grace)
    {
        var running = seen.Engine.Containers.Where(c => c.Phase == ContainerPhase.Running).ToArray();
        if (running.Length == 0) return null;
        var sidecars = (seen.Spec.InitContainers ?? []).Where(c => c.RestartPolicy == "Always").Select(c => c.Name).Reverse().ToArray();
        var turn = running.Where(c => !sidecars.Contains(c.Name)).ToArray();
        if (turn.Length == 0)
        {
            var next = sidecars.First(name => running.Any(c => c.Name == name));
            turn = [.. running.Where(c => c.Name == next)];
        }
        // Hooks wait for nobody: those that aren't yet to end do before what they have to do before.
        var hooked = running.Except(turn).Where(c => seen.Spec.InitContainers!.First(i => i.Name == c.Name).Lifecycle?.PreStop is not null);
        return new([.. turn.Select(c => Stop(c, inTurn: true)), .. hooked.Select(c => Stop(c, inTurn: false))]);

        PodStep.Stop Stop(ContainerInfo container, bool inTurn) => new(container, grace, $"Stopping container {container.Name}", InTurn: inTurn);
    }

    private static TimeSpan GraceLeft(PodSeen seen)
    {
        var metadata = seen.Pod.Metadata;
        // A manifest that is gone gave no time: the pod has what it asked for.
        if (metadata.DeletionTimestamp is not { } due) return Static.StaticPods.IsStatic(seen.Pod) ? TimeSpan.FromSeconds(seen.Spec.TerminationGracePeriodSeconds ?? 30) : TimeSpan.FromSeconds(1);
        // The time given is cut to whole seconds: up to one of them is missing.
        var left = due + TimeSpan.FromSeconds(1) - seen.Now;
        var asked = TimeSpan.FromSeconds(metadata.DeletionGracePeriodSeconds ?? 0);
        if (left > asked) left = asked;
        return left < TimeSpan.Zero || asked == TimeSpan.Zero ? TimeSpan.Zero : left;
    }
}
