using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Pods;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Eviction;

/// <summary>Whether the node takes a pod that was bound to it: the scheduler may have been mistaken, or nobody asked it.</summary>
public static class Acceptance
{
    private const string Affinity = "NodeAffinity";
    private const string Toleration = "TaintToleration";
    private const string MemoryTaint = "node.kubernetes.io/memory-pressure";

    /// <summary>Why not, or null.</summary>
    public static PodEnd? Refusal(Pod pod, IEnumerable<Pod> others, IReadOnlyDictionary<string, Quantity> allocatable, IReadOnlyList<string> pressure,
        Kinds.Core.Node? node = null, IReadOnlyList<string>? sysctls = null, bool appArmor = true, EngineAbilities? abilities = null)
    {
        if (pod.Spec?.Os?.Name is { Length: > 0 } and not "linux") return Rejected("PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS");
        // Groups that the image names would come along all the same.
        if (pod.Spec?.SecurityContext?.SupplementalGroupsPolicy == "Strict" && abilities?.GroupsPolicy != true) return Rejected("SupplementalGroupsPolicyNotSupported", "SupplementalGroupsPolicy=Strict is not supported in this node");
        if (Containers.Sysctls.Refusal(pod.Spec ?? new(), sysctls ?? []) is { } sysctl) return Rejected("SysctlForbidden", sysctl);
        if (!appArmor && WantsAppArmor(pod)) return Rejected("AppArmor", "Cannot enforce AppArmor: AppArmor is not enabled on the host");
        if (PodLoad.IsCriticalPod(pod)) return Misplaced(pod, node);
        if (pressure.Count > 0 && !(pressure is ["MemoryPressure"] && BearsMemoryPressure(pod))) return Rejected("Evicted", $"The node had condition: [{string.Join(' ', pressure)}]. ");
        var active = others.Where(o => o.Metadata.Uid != pod.Metadata.Uid && o.Status?.Phase is not ("Succeeded" or "Failed")).ToArray();
        if (allocatable.TryGetValue("pods", out var most) && active.Length + 1 > most.Value) return Short("pods", 1, active.Length, most.Value);
        foreach (var resource in (ReadOnlySpan<string>)["cpu", "memory", "ephemeral-storage"])
        {
            if (!allocatable.TryGetValue(resource, out var all)) continue;
            var asked = QuotaUsage.OfPod(pod, $"requests.{resource}");
            if (asked.Sign <= 0) continue;
            var used = active.Aggregate(Quantity.Zero, (sum, o) => sum + QuotaUsage.OfPod(o, $"requests.{resource}"));
            if (used + asked <= all) continue;
            return resource == "cpu" ? Short(resource, asked.MilliValue, used.MilliValue, all.MilliValue) : Short(resource, asked.Value, used.Value, all.Value);
        }
        if (Misplaced(pod, node) is { } misplaced) return misplaced;
        var taken = active.SelectMany(HostPorts).ToHashSet();
        return HostPorts(pod).Any(taken.Contains) ? Rejected("NodePorts", "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports") : null;
    }

    /// <summary>Whether it might be otherwise with the node as it is now.</summary>
    public static bool HangsOnTheNode(PodEnd refusal) => refusal.Reason is Affinity or Toleration;

    /// <summary>Bound to a node that it didn't want, or that doesn't want it: by hand, or the node has changed since.</summary>
    private static PodEnd? Misplaced(Pod pod, Kinds.Core.Node? node)
    {
        if (node is null || pod.Spec is not { } spec) return null;
        if (!NodeMatch.Allows(spec, node.Metadata.Name ?? "", node.Metadata.Labels ?? new Dictionary<string, string>()))
            return Rejected(Affinity, "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector");
        if (!Static.StaticPods.IsStatic(pod) && (node.Spec?.Taints ?? []).Any(taint => taint.Effect == "NoExecute" && !(spec.Tolerations ?? []).Any(t => NodeMatch.Tolerates(t, taint))))
            return Rejected(Toleration, "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate");
        return null;
    }

    private static bool WantsAppArmor(Pod pod) => PodContainers.Of(pod.Spec ?? new()).Select(c => c.Container.SecurityContext?.AppArmorProfile ?? pod.Spec!.SecurityContext?.AppArmorProfile)
        .Any(p => p?.Type is "RuntimeDefault" or "Localhost");

    private static bool BearsMemoryPressure(Pod pod) => NodeContext.QosOf(pod) != "BestEffort"
        || (pod.Spec?.Tolerations ?? []).Any(t => (t.Key == MemoryTaint || t.Key is null or "" && t.Operator == "Exists") && t.Effect is null or "" or "NoSchedule");

    private static IEnumerable<(int, string, string)> HostPorts(Pod pod) => (pod.Spec?.Containers ?? []).SelectMany(c => c.Ports ?? []).Where(p => p.HostPort is > 0).Select(p => (p.HostPort!.Value, p.Protocol ?? "TCP", p.HostIP is { Length: > 0 } ip ? ip : "0.0.0.0"));

    private static PodEnd Short(string resource, long asked, long used, long all) => Rejected($"OutOf{resource}", $"Node didn't have enough resource: {resource}, requested: {asked}, used: {used}, capacity: {all}");

    private static PodEnd Rejected(string reason, string message) => new(reason, $"Pod was rejected: {message}") { Event = message };
}
