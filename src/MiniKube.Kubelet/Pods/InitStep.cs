using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Pods;

/// <summary>Init containers one after the other; sidecars among them are started and then left running.</summary>
internal static class InitStep
{
    /// <summary>True when the main containers may run.</summary>
    public static bool Run(PlanDraft draft)
    {
        var seen = draft.Seen;
        // Once a main container was started the order has been kept: from then on sidecars are only looked after.
        var past = (seen.Spec.Containers ?? []).Any(c => seen.Current(c.Name!) is not null);
        foreach (var container in seen.Spec.InitContainers ?? [])
        {
            if (container.RestartPolicy == "Always")
            {
                ContainerStep.Keep(draft, container, ContainerKind.Sidecar);
                if (!past && !Started(seen, container)) return false;
            }
            else if (!past && !Done(draft, container))
            {
                return false;
            }
        }
        return true;
    }

    private static bool Started(PodSeen seen, Container sidecar) =>
        seen.Current(sidecar.Name!) is { Phase: ContainerPhase.Running } running && ContainerStep.IsStarted(seen, sidecar, running);

    private static bool Done(PlanDraft draft, Container container)
    {
        var current = draft.Seen.Current(container.Name!);
        if (current is { Phase: ContainerPhase.Exited, ExitCode: 0, Error: "" }) return true;
        if (current is { Phase: ContainerPhase.Running }) return false;
        if (current is null || !Restarts.HasEnded(current) || Restarts.Wanted(draft.Seen, container, ContainerKind.Init, current)) ContainerStep.Start(draft, container, ContainerKind.Init, current ?? draft.Seen.Latest(container.Name!));
        return false;
    }
}

/// <summary>The main containers, all at once, each by its restart policy.</summary>
internal static class MainStep
{
    public static void Run(PlanDraft draft)
    {
        foreach (var container in draft.Seen.Spec.Containers ?? []) ContainerStep.Keep(draft, container, ContainerKind.Main);
    }
}

/// <summary>Containers added for debugging: started once, never again.</summary>
internal static class EphemeralStep
{
    public static void Run(PlanDraft draft)
    {
        foreach (var ephemeral in draft.Seen.Spec.EphemeralContainers ?? [])
            if (draft.Seen.Latest(ephemeral.Name!) is not { } known || !Restarts.HasEnded(known) && known.Phase == ContainerPhase.Created)
                ContainerStep.Start(draft, PodContainers.Of(ephemeral), ContainerKind.Ephemeral, draft.Seen.Latest(ephemeral.Name!));
    }
}
