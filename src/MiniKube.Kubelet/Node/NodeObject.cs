using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Node;

/// <summary>How the node stands with its engine and its network.</summary>
internal sealed record NodeHealth(string? EngineFault, string? NetworkFault, bool MemoryPressure, bool DiskPressure, bool PidPressure);

/// <summary>The Node object and its status, as this machine is.</summary>
internal static class NodeObject
{
    public static JsonMap New(NodeOptions options, NodeFacts facts, NodeHealth health, IReadOnlyList<ContainerImage> images, DateTimeOffset now)
    {
        var labels = new JsonMap
        {
            { "beta.kubernetes.io/arch", facts.Architecture }, { "beta.kubernetes.io/os", "linux" }, { "kubernetes.io/arch", facts.Architecture },
            { "kubernetes.io/hostname", options.Name }, { "kubernetes.io/os", "linux" },
        };
        foreach (var (key, value) in options.Labels) labels.Set(key, value);
        var spec = new JsonMap();
        if (options.PodCidr is { } range) spec.Add("podCIDR", range);
        if (options.Taints.Count > 0) spec.Add("taints", new JsonList(options.Taints.Select(t => (Json)new JsonMap { { "key", t.Key }, { "value", t.Value }, { "effect", t.Effect } })));
        return new JsonMap
        {
            { "apiVersion", "v1" }, { "kind", "Node" }, { "metadata", new JsonMap { { "name", options.Name }, { "labels", labels }, { "annotations", new JsonMap { { "volumes.kubernetes.io/controller-managed-attach-detach", "true" } } } } },
            { "spec", spec }, { "status", KubeJson.ToTree(Status(options, facts, health, images, null, now)) },
        };
    }

    public static NodeStatus Status(NodeOptions options, NodeFacts facts, NodeHealth health, IReadOnlyList<ContainerImage> images, NodeStatus? before, DateTimeOffset now) => new()
    {
        Addresses = [new() { Type = "InternalIP", Address = options.Address.ToString() }, new() { Type = "Hostname", Address = options.Name }],
        Capacity = facts.Capacity(), Allocatable = facts.Allocatable(), Images = images,
        Conditions =
        [
            Condition("MemoryPressure", health.MemoryPressure, "KubeletHasInsufficientMemory", "kubelet has insufficient memory available", "KubeletHasSufficientMemory", "kubelet has sufficient memory available", before, now),
            Condition("DiskPressure", health.DiskPressure, "KubeletHasDiskPressure", "kubelet has disk pressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", before, now),
            Condition("PIDPressure", health.PidPressure, "KubeletHasInsufficientPID", "kubelet has insufficient PID available", "KubeletHasSufficientPID", "kubelet has sufficient PID available", before, now),
            Ready(health, before, now),
        ],
        DaemonEndpoints = new() { KubeletEndpoint = new() { Port = options.Port } },
        Features = facts.Abilities?.GroupsPolicy is { } groups ? new() { SupplementalGroupsPolicy = groups } : null,
        RuntimeHandlers = facts.Abilities is { Handlers: { Count: > 0 } handlers }
            ? [.. handlers.Select(h => new NodeRuntimeHandler { Name = h.Name, Features = new() { RecursiveReadOnlyMounts = h.RecursiveReadOnly, UserNamespaces = h.UserNamespaces } })] : null,
        NodeInfo = new()
        {
            Architecture = facts.Architecture, BootID = facts.BootId, ContainerRuntimeVersion = facts.RuntimeVersion, KernelVersion = facts.Kernel, KubeProxyVersion = "",
            KubeletVersion = options.Version, MachineID = facts.MachineId, OperatingSystem = "linux", OsImage = facts.OsImage, SystemUUID = facts.SystemUuid,
            Swap = facts.SwapBytes > 0 ? new() { Capacity = facts.SwapBytes } : null,
        },
    };

    private static NodeCondition Ready(NodeHealth health, NodeStatus? before, DateTimeOffset now)
    {
        var fault = health.EngineFault is { } engine ? $"container runtime is down: {engine}"
            : health.NetworkFault is { } network ? $"container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:{network}"
            : null;
        return Condition("Ready", fault is null, "KubeletReady", "kubelet is posting ready status", "KubeletNotReady", fault ?? "", before, now);
    }

    private static NodeCondition Condition(string type, bool holds, string reasonIf, string messageIf, string reasonElse, string messageElse, NodeStatus? before, DateTimeOffset now)
    {
        var known = before?.Conditions?.FirstOrDefault(c => c.Type == type);
        var status = holds ? "True" : "False";
        return new()
        {
            Type = type, Status = status, Reason = holds ? reasonIf : reasonElse, Message = holds ? messageIf : messageElse,
            LastHeartbeatTime = now, LastTransitionTime = known?.Status == status ? known.LastTransitionTime : now,
        };
    }
}
