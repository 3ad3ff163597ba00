using System.Text.Json.Serialization;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

[Doc("A machine that runs pods.")]
[Kind("", "v1", "nodes", ClusterScoped = true, Short = "no")]
[Subresource("proxy", "create delete get patch update", Body = "v1 NodeProxyOptions")]
[Subresource("status")]
public sealed record Node : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public NodeSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public NodeStatus? Status { get; init; }
}

public sealed record NodeSpec
{
    public NodeConfigSource? ConfigSource { get; init; }

    [Doc("No longer used.")]
    public string? ExternalID { get; init; }

    [Doc("The range of the node's pod addresses.")]
    public string? PodCIDR { get; init; }

    [Doc("The ranges of the node's pod addresses.")]
    [ListSet, PatchMerge]
    public IReadOnlyList<string>? PodCIDRs { get; init; }

    [Doc("The machine's name at its provider.")]
    public string? ProviderID { get; init; }

    [Doc("Pods that don't tolerate these stay away.")]
    public IReadOnlyList<Taint>? Taints { get; init; }

    [Doc("No new pods are placed on the node.")]
    [OmitZero]
    public bool? Unschedulable { get; init; }
}

public sealed record NodeStatus
{
    [Doc("The addresses.")]
    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<NodeAddress>? Addresses { get; init; }

    [Doc("What pods can have.")]
    public IReadOnlyDictionary<string, Quantity>? Allocatable { get; init; }

    [Doc("What there is in total.")]
    public IReadOnlyDictionary<string, Quantity>? Capacity { get; init; }

    [Doc("Observed aspects of the object's state.")]
    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<NodeCondition>? Conditions { get; init; }

    public NodeConfigStatus? Config { get; init; }

    [Zero]
    public NodeDaemonEndpoints? DaemonEndpoints { get; init; }

    public IReadOnlyList<string>? DeclaredFeatures { get; init; }
    public NodeFeatures? Features { get; init; }

    [Doc("Images on the node.")]
    public IReadOnlyList<ContainerImage>? Images { get; init; }

    [Doc("Versions and identifiers of the node.")]
    [Zero]
    public NodeSystemInfo? NodeInfo { get; init; }

    [Allowed("Pending", "Running", "Terminated")]
    public string? Phase { get; init; }

    public IReadOnlyList<NodeRuntimeHandler>? RuntimeHandlers { get; init; }
    public IReadOnlyList<AttachedVolume>? VolumesAttached { get; init; }
    public IReadOnlyList<string>? VolumesInUse { get; init; }
}

public sealed record NodeConfigSource
{
    public ConfigMapNodeConfigSource? ConfigMap { get; init; }
}

public sealed record NodeAddress
{
    [Required]
    public string? Address { get; init; }

    [Required]
    public string? Type { get; init; }
}

public sealed record NodeCondition
{
    [Doc("When the condition was last confirmed.")]
    [Zero]
    public DateTimeOffset? LastHeartbeatTime { get; init; }

    [Doc("When the status last changed.")]
    [Zero]
    public DateTimeOffset? LastTransitionTime { get; init; }

    public string? Message { get; init; }
    public string? Reason { get; init; }

    [Doc("The observed state, written by the system.")]
    [Required, Zero]
    public string? Status { get; init; }

    [Required, Zero]
    public string? Type { get; init; }
}

public sealed record NodeConfigStatus
{
    public NodeConfigSource? Active { get; init; }
    public NodeConfigSource? Assigned { get; init; }
    public string? Error { get; init; }
    public NodeConfigSource? LastKnownGood { get; init; }
}

public sealed record NodeDaemonEndpoints
{
    [Zero]
    public DaemonEndpoint? KubeletEndpoint { get; init; }
}

public sealed record NodeFeatures
{
    public bool? SupplementalGroupsPolicy { get; init; }
}

public sealed record ContainerImage
{
    public IReadOnlyList<string>? Names { get; init; }

    [OmitZero]
    public long? SizeBytes { get; init; }
}

public sealed record NodeSystemInfo
{
    [Doc("Processor architecture.")]
    [Required, Zero]
    public string? Architecture { get; init; }

    [Required, Zero]
    public string? BootID { get; init; }

    [Doc("Name and version of the container engine.")]
    [Required, Zero]
    public string? ContainerRuntimeVersion { get; init; }

    [Doc("Version of the kernel.")]
    [Required, Zero]
    public string? KernelVersion { get; init; }

    [Required, Zero]
    public string? KubeProxyVersion { get; init; }

    [Doc("Version of the node agent.")]
    [Required, Zero]
    public string? KubeletVersion { get; init; }

    [Required, Zero]
    public string? MachineID { get; init; }

    [Doc("linux or windows.")]
    [Required, Zero]
    public string? OperatingSystem { get; init; }

    [Doc("The operating system.")]
    [Required, Zero]
    public string? OsImage { get; init; }

    public NodeSwapStatus? Swap { get; init; }

    [Required, Zero]
    public string? SystemUUID { get; init; }
}

public sealed record NodeRuntimeHandler
{
    public NodeRuntimeHandlerFeatures? Features { get; init; }
    public string? Name { get; init; }
}

public sealed record AttachedVolume
{
    [Required]
    public string? DevicePath { get; init; }

    [Required]
    public string? Name { get; init; }
}

public sealed record ConfigMapNodeConfigSource
{
    [Required]
    public string? KubeletConfigKey { get; init; }

    [Required]
    public string? Name { get; init; }

    [Required]
    public string? Namespace { get; init; }

    public string? ResourceVersion { get; init; }
    public string? Uid { get; init; }
}

public sealed record DaemonEndpoint
{
    [JsonPropertyName("Port"), Required, Zero]
    public int? Port { get; init; }
}

public sealed record NodeSwapStatus
{
    public long? Capacity { get; init; }
}

public sealed record NodeRuntimeHandlerFeatures
{
    public bool? RecursiveReadOnlyMounts { get; init; }
    public bool? UserNamespaces { get; init; }
}
