using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Pods;

/// <summary>One container that should run: started, restarted or stopped as its state and its probes ask for.</summary>
internal static class ContainerStep
{
    public static void Keep(PlanDraft draft, Container container, ContainerKind kind)
    {
        var seen = draft.Seen;
        var current = seen.Current(container.Name!);
        if (current is { Phase: ContainerPhase.Running })
        {
            if (seen.Stopping.Contains(current.Id)) return;
            var verdict = seen.Verdict(current);
            if (current.Label(Labels.Hash) is { } hash && hash != ContainerHash.Of(container))
                draft.Add(new PodStep.Stop(current, Grace(seen, null), $"Container {container.Name} definition changed, will be restarted"));
            else if (verdict.StartupFailed)
                draft.Add(new PodStep.Stop(current, Grace(seen, container.StartupProbe), $"Container {container.Name} failed startup probe, will be restarted"));
            else if (verdict.LivenessFailed)
                draft.Add(new PodStep.Stop(current, Grace(seen, container.LivenessProbe), $"Container {container.Name} failed liveness probe, will be restarted"));
            else
                ResizeStep.Plan(draft, container, current);
            return;
        }
        var last = current ?? seen.Latest(container.Name!);
        if (last is null || !Restarts.HasEnded(last) || Restarts.Wanted(seen, container, kind, last)) Start(draft, container, kind, last);
    }

    public static void Start(PlanDraft draft, Container container, ContainerKind kind, ContainerInfo? last)
    {
        var seen = draft.Seen;
        if (seen.Troubles.GetValueOrDefault(container.Name!) is { } trouble && trouble.Until > seen.Now)
        {
            draft.Recheck(trouble.Until - seen.Now);
            return;
        }
        if (last is null)
        {
            draft.Add(new PodStep.Start(container, kind, 0, TimeSpan.Zero));
            return;
        }
        if (!Restarts.HasEnded(last))
        {
            draft.Add(new PodStep.Start(container, kind, last.Attempt, Restarts.Held(last)) { Discard = last.Id });
            return;
        }
        // What went well in a sandbox that is gone is done once more, and nobody is to blame.
        var wait = kind == ContainerKind.Init && Restarts.CodeOf(last) == 0 ? TimeSpan.Zero : Restarts.WaitAfter(last);
        if (Restarts.EndOf(last) + wait is var until && until > seen.Now)
        {
            draft.HoldBack(container.Name!, new(wait, until));
            return;
        }
        draft.Add(new PodStep.Start(container, kind, last.Attempt + 1, Restarts.Next(wait)));
    }

    public static bool IsStarted(PodSeen seen, Container container, ContainerInfo running) =>
        seen.Verdict(running) is var verdict && verdict.HookDone && (container.StartupProbe is null || verdict.Started == true);

    private static TimeSpan Grace(PodSeen seen, Probe? probe) =>
        TimeSpan.FromSeconds(probe?.TerminationGracePeriodSeconds ?? seen.Spec.TerminationGracePeriodSeconds ?? 30);
}
