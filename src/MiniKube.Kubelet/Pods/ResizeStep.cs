using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Containers;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Pods;

/// <summary>Why new amounts aren't given yet, or ever: the reason and message of PodResizePending.</summary>
public sealed record ResizeRefusal(string Reason, string Message);

/// <summary>A running container whose amounts differ from those declared gets them in place, or by a restart where its policy says so.</summary>
internal static class ResizeStep
{
    public static void Plan(PlanDraft draft, Container container, ContainerInfo running)
    {
        var seen = draft.Seen;
        if (!IsDue(seen, container, running)) return;
        if (Failure(seen, container.Name!) is { } trouble && trouble.Until > seen.Now)
        {
            draft.Recheck(trouble.Until - seen.Now);
            return;
        }
        if (NeedsRestart(seen, container, running)) draft.Add(new PodStep.Stop(running, TimeSpan.FromSeconds(seen.Spec.TerminationGracePeriodSeconds ?? 30), $"Container {container.Name} resize requires restart"));
        else draft.Add(new PodStep.Resize(running, Wanted(seen, container)));
    }

    /// <summary>The pod as a whole comes after its containers, which made room for themselves.</summary>
    public static void Plan(PlanDraft draft)
    {
        if (PodIsDue(draft.Seen)) draft.Add(new PodStep.ResizePod());
        if (draft.Seen.ResizeRefusal is not null) draft.Recheck(TimeSpan.FromSeconds(5));
    }

    /// <summary>What the engine has is not what is declared. An engine that doesn't say what it has is never asked to change it.</summary>
    public static bool IsDue(PodSeen seen, Container container, ContainerInfo running) =>
        running is { Phase: ContainerPhase.Running, Resources: { } actual } && !Same(actual, Wanted(seen, container));

    /// <summary>What the pod asks for as a whole isn't what it was given.</summary>
    public static bool PodIsDue(PodSeen seen) => seen.Spec.Resources is { } wanted && seen.GrantedResources is { } granted && !KubeJson.ToTree(wanted).SameAs(KubeJson.ToTree(granted));

    public static bool IsDue(PodSeen seen) => PodIsDue(seen) || seen.Spec.Containers?.Concat((seen.Spec.InitContainers ?? []).Where(c => c.RestartPolicy == "Always"))
        .Any(c => seen.Current(c.Name!) is { } running && IsDue(seen, c, running)) == true;

    /// <summary>Under which name a failed change is remembered, apart from failed starts.</summary>
    public static string Trouble(string container) => $"{container}/resize";

    /// <summary>Why a container hasn't got its new amounts; what was asked for before is forgotten.</summary>
    public static StartTrouble? Failure(PodSeen seen, string container) =>
        seen.Troubles.GetValueOrDefault(Trouble(container)) is { } trouble && trouble.Generation == seen.Pod.Metadata.Generation ? trouble : null;

    /// <summary>No limit is set to less than is in use: some kernels would refuse, others would end processes for it.</summary>
    public static string? BelowUse(IEnumerable<(string Whose, long Wanted, long Now, long Used)> limits)
    {
        var faults = limits.Where(l => l.Wanted > 0 && (l.Now == 0 || l.Wanted < l.Now) && l.Used > l.Wanted).Select(l => $"attempting to set {l.Whose} memory limit ({l.Wanted}) below current usage ({l.Used})").ToArray();
        return faults.Length == 0 ? null : $"cannot decrease memory limits: {(faults.Length == 1 ? faults[0] : $"[{string.Join(", ", faults)}]")}";
    }

    /// <summary>Whether the node has room for what the pod asks for now.</summary>
    public static ResizeRefusal? Refusal(Pod pod, IEnumerable<Pod> others, IReadOnlyDictionary<string, Quantity> allocatable)
    {
        ResizeRefusal? deferred = null;
        long Count(string resource, Quantity q) => resource == "cpu" ? q.MilliValue : q.Value;
        // Which of two is named: more than there is of memory, less than is left of the processors.
        foreach (var resource in (ReadOnlySpan<string>)["memory", "cpu"])
        {
            if (allocatable.TryGetValue(resource, out var all) && QuotaUsage.Requested(pod.Spec!, resource) is var asked && asked > all)
                return new("Infeasible", $"Node didn't have enough capacity: {resource}, requested: {Count(resource, asked)}, capacity: {Count(resource, all)}");
        }
        var active = others.Where(o => o.Metadata.Uid != pod.Metadata.Uid && o.Status?.Phase is not ("Succeeded" or "Failed")).ToArray();
        foreach (var resource in (ReadOnlySpan<string>)["cpu", "memory"])
        {
            if (!allocatable.TryGetValue(resource, out var all)) continue;
            var asked = QuotaUsage.Requested(pod.Spec!, resource);
            var used = active.Aggregate(Quantity.Zero, (sum, o) => sum + QuotaUsage.Requested(o.Spec!, resource));
            if (used + asked > all) deferred ??= new("Deferred", $"Node didn't have enough resource: {resource}, requested: {Count(resource, asked)}, used: {Count(resource, used)}, capacity: {Count(resource, all)}");
        }
        return deferred;
    }

    private static ContainerResources Wanted(PodSeen seen, Container container) => ResourceLimits.Of(seen.Spec, container, NodeContext.QosOf(seen.Pod), seen.NodeMemory);

    private static bool Same(ContainerResources a, ContainerResources b) => SameCpu(a, b) && a.MemoryBytes == b.MemoryBytes;

    private static bool SameCpu(ContainerResources a, ContainerResources b) => a.CpuShares == b.CpuShares && a.CpuQuota == b.CpuQuota;

    private static bool NeedsRestart(PodSeen seen, Container container, ContainerInfo running)
    {
        var wanted = Wanted(seen, container);
        bool Restarts(string resource) => (container.ResizePolicy ?? []).Any(p => p.ResourceName == resource && p.RestartPolicy == "RestartContainer");
        return !SameCpu(running.Resources!, wanted) && Restarts("cpu") || running.Resources!.MemoryBytes != wanted.MemoryBytes && Restarts("memory");
    }
}
