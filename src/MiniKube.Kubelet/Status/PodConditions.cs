using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Pods;

namespace MiniKube.Kubelet.Status;

/// <summary>The conditions that the node answers for.</summary>
internal static class PodConditions
{
    public const string ResizePending = "PodResizePending";
    public const string ResizeInProgress = "PodResizeInProgress";

    public static List<PodCondition> Of(PodSeen seen, string phase, IReadOnlyList<ContainerStatus> inits, IReadOnlyList<ContainerStatus> mains)
    {
        var known = seen.Pod.Status?.Conditions ?? [];
        var containers = ContainersReady(phase, inits, mains, seen);
        var all = new List<PodCondition>
        {
            new() { Type = "PodReadyToStartContainers", Status = seen.Sandbox is { Running: true } && (seen.PodIP is not null || seen.Spec.HostNetwork == true) ? "True" : "False" },
            Initialized(seen, phase, inits, mains),
            Ready(seen, containers, known),
            containers,
            known.FirstOrDefault(c => c.Type == "PodScheduled") ?? new() { Type = "PodScheduled", Status = "True" },
        };
        if (seen.ResizeRefusal is { } refusal)
            all.Add(new() { Type = ResizePending, Status = "True", Reason = refusal.Reason, Message = refusal.Message });
        if (ResizeStep.IsDue(seen))
            all.Add(new() { Type = ResizeInProgress, Status = "True", Reason = Failure(seen)?.Reason, Message = Failure(seen)?.Message });
        if (RestartAll.Told(seen, known) is { } anew) all.Add(anew);
        if (seen.End is { Reason: "Evicted" } evicted)
            all.Insert(0, new() { Type = "DisruptionTarget", Status = "True", Reason = "TerminationByKubelet", Message = evicted.Message });
        return [.. all.Select(c => Stamp(c, known.FirstOrDefault(k => k.Type == c.Type), seen))];
    }

    private static StartTrouble? Failure(PodSeen seen) => PodContainers.Of(seen.Spec).Select(c => ResizeStep.Failure(seen, c.Container.Name!)).FirstOrDefault(t => t is not null);

    private static PodCondition Stamp(PodCondition next, PodCondition? before, PodSeen seen) => next with
    {
        LastTransitionTime = before is not null && before.Status == next.Status ? before.LastTransitionTime : seen.Now,
        ObservedGeneration = seen.Pod.Metadata.Generation,
    };

    private static PodCondition Initialized(PodSeen seen, string phase, IReadOnlyList<ContainerStatus> inits, IReadOnlyList<ContainerStatus> mains)
    {
        var incomplete = new List<string>();
        foreach (var init in seen.Spec.InitContainers ?? [])
        {
            var status = inits.FirstOrDefault(s => s.Name == init.Name);
            var done = init.RestartPolicy == "Always" ? status?.Started == true : status?.Ready == true;
            if (!done) incomplete.Add(init.Name!);
        }
        if (phase == "Succeeded") return new() { Type = "Initialized", Status = "True", Reason = "PodCompleted" };
        // A main container that was started proves it, whatever became of the sidecars since.
        if (incomplete.Count == 0 || mains.Any(m => m.ContainerID is not null)) return new() { Type = "Initialized", Status = "True" };
        return new() { Type = "Initialized", Status = "False", Reason = "ContainersNotInitialized", Message = $"containers with incomplete status: [{string.Join(' ', incomplete)}]" };
    }

    private static PodCondition ContainersReady(string phase, IReadOnlyList<ContainerStatus> inits, IReadOnlyList<ContainerStatus> mains, PodSeen seen)
    {
        if (phase == "Succeeded") return new() { Type = "ContainersReady", Status = "False", Reason = "PodCompleted" };
        if (phase == "Failed") return new() { Type = "ContainersReady", Status = "False", Reason = "PodFailed" };
        var sidecars = (seen.Spec.InitContainers ?? []).Where(c => c.RestartPolicy == "Always").Select(c => c.Name).ToHashSet();
        var unready = inits.Where(s => sidecars.Contains(s.Name)).Concat(mains).Where(s => s.Ready != true).Select(s => s.Name).ToArray();
        return unready.Length == 0
            ? new() { Type = "ContainersReady", Status = "True" }
            : new() { Type = "ContainersReady", Status = "False", Reason = "ContainersNotReady", Message = $"containers with unready status: [{string.Join(' ', unready)}]" };
    }

    private static PodCondition Ready(PodSeen seen, PodCondition containers, IReadOnlyList<PodCondition> known)
    {
        if (containers.Status != "True") return containers with { Type = "Ready" };
        var unmet = new List<string>();
        foreach (var gate in seen.Spec.ReadinessGates ?? [])
        {
            var condition = known.FirstOrDefault(c => c.Type == gate.ConditionType);
            if (condition is null) unmet.Add($"corresponding condition of pod readiness gate \"{gate.ConditionType}\" does not exist.");
            else if (condition.Status != "True") unmet.Add($"the status of pod readiness gate \"{gate.ConditionType}\" is not \"True\", but {condition.Status}");
        }
        return unmet.Count == 0
            ? new() { Type = "Ready", Status = "True" }
            : new() { Type = "Ready", Status = "False", Reason = "ReadinessGatesNotReady", Message = string.Join(", ", unmet) };
    }
}
