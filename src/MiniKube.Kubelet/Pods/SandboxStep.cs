namespace MiniKube.Kubelet.Pods;

/// <summary>No container without a living sandbox; a new one, and everything anew in it, when the old one has died.</summary>
internal static class SandboxStep
{
    public static PodPlan? Of(PodSeen seen)
    {
        if (seen.Sandbox is { Running: true } living)
        {
            var dead = seen.Engine.Sandboxes.Where(s => s.Id != living.Id).Select(s => (PodStep)new PodStep.RemoveSandbox(s.Id)).ToArray();
            return dead.Length == 0 ? null : new PodPlan(dead);
        }
        var orphaned = seen.Engine.Containers.Where(c => c.Phase == ContainerPhase.Running).ToArray();
        if (orphaned.Length > 0)
            return new([.. orphaned.Where(c => !seen.Stopping.Contains(c.Id)).Select(c => new PodStep.Stop(c, TimeSpan.FromSeconds(2), "Pod sandbox changed, it will be killed and re-created.", Hooks: false))]);
        if (seen.Troubles.GetValueOrDefault("") is { } trouble && trouble.Until > seen.Now) return PodPlan.Nothing with { RecheckAfter = trouble.Until - seen.Now };
        return new([new PodStep.RunSandbox((seen.Sandbox?.Attempt ?? -1) + 1, seen.Sandbox is not null)]);
    }
}
