using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Pods;

/// <summary>
/// A container whose end begins all of them anew, in the sandbox that is there. Nothing is remembered of it: whatever was made before
/// the last such end belongs to the round before, is stopped at once and started again in the usual order, whatever its own policy.
/// </summary>
internal static class RestartAll
{
    public const string Action = "RestartAllContainers";
    public const string Condition = "AllContainersRestarting";

    /// <summary>Ends what is left of the round before; null when nothing is.</summary>
    public static PodPlan? Of(PodSeen seen)
    {
        var left = Left(seen).ToArray();
        return left.Length == 0 ? null
            : new([.. left.Where(c => !seen.Stopping.Contains(c.Id)).Select(c => new PodStep.Stop(c, TimeSpan.Zero, $"Stopping container {c.Name}", Hooks: false))]);
    }

    public static bool IsPast(PodSeen seen, ContainerInfo container) =>
        Since(seen) is { } since && (container.CreatedAt < since || Asks(seen, container) && Restarts.EndOf(container) == since);

    /// <summary>Said while it is going on, and that it no longer is.</summary>
    public static PodCondition? Told(PodSeen seen, IReadOnlyList<PodCondition> known)
    {
        var going = Left(seen).Any();
        return going || known.Any(c => c.Type == Condition) ? new() { Type = Condition, Status = going ? "True" : "False" } : null;
    }

    private static IEnumerable<ContainerInfo> Left(PodSeen seen) => Since(seen) is null ? []
        : seen.Engine.Containers.Where(c => c.SandboxId == seen.Sandbox?.Id && c.Phase == ContainerPhase.Running && IsPast(seen, c));

    private static DateTimeOffset? Since(PodSeen seen)
    {
        DateTimeOffset? last = null;
        if (!Declared(seen).Any(HasRule)) return last;
        foreach (var ended in seen.Engine.Containers)
            if (ended.SandboxId == seen.Sandbox?.Id && Asks(seen, ended) && (last is null || Restarts.EndOf(ended) > last)) last = Restarts.EndOf(ended);
        return last;
    }

    private static bool Asks(PodSeen seen, ContainerInfo container) => Restarts.HasEnded(container)
        && Declared(seen).FirstOrDefault(c => c.Name == container.Name) is { } declared && Restarts.Rule(declared, container) == Action;

    private static bool HasRule(Container container) => container.RestartPolicyRules?.Any(r => r.Action == Action) == true;

    private static IEnumerable<Container> Declared(PodSeen seen) => (seen.Spec.InitContainers ?? []).Concat(seen.Spec.Containers ?? []);
}
