using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

[Doc("What was last seen of a pod.")]
public sealed record PodStatus
{
    public IReadOnlyDictionary<string, Quantity>? AllocatedResources { get; init; }

    [Doc("Observed aspects such as Ready and PodScheduled.")]
    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<PodCondition>? Conditions { get; init; }

    [Doc("State of each container.")]
    public IReadOnlyList<ContainerStatus>? ContainerStatuses { get; init; }

    public IReadOnlyList<ContainerStatus>? EphemeralContainerStatuses { get; init; }
    public PodExtendedResourceClaimStatus? ExtendedResourceClaimStatus { get; init; }

    [Doc("Address of the node.")]
    public string? HostIP { get; init; }

    [PatchMerge("ip")]
    public IReadOnlyList<HostIP>? HostIPs { get; init; }

    public IReadOnlyList<ContainerStatus>? InitContainerStatuses { get; init; }

    [Doc("A sentence on why the pod is in this state.")]
    public string? Message { get; init; }

    public IReadOnlyList<NodeAllocatableResourceClaimStatus>? NodeAllocatableResourceClaimStatuses { get; init; }
    public string? NominatedNodeName { get; init; }

    [Doc("The generation that this status was computed for.")]
    [OmitZero]
    public long? ObservedGeneration { get; init; }

    [Doc("Where the pod is in its life.")]
    [Allowed("Failed", "Pending", "Running", "Succeeded", "Unknown")]
    public string? Phase { get; init; }

    [Doc("The pod's address.")]
    public string? PodIP { get; init; }

    [Doc("The pod's addresses, at most one per family.")]
    [ListMap("ip"), PatchMerge("ip")]
    public IReadOnlyList<PodIP>? PodIPs { get; init; }

    [Doc("Derived from requests and limits.")]
    [Allowed("BestEffort", "Burstable", "Guaranteed")]
    public string? QosClass { get; init; }

    [Doc("One word on why the pod is in this state.")]
    public string? Reason { get; init; }

    public string? Resize { get; init; }

    [ListMap("name"), PatchMerge("name"), PatchRetainKeys]
    public IReadOnlyList<PodResourceClaimStatus>? ResourceClaimStatuses { get; init; }

    [Doc("What is needed at least and may be used at most.")]
    public ResourceRequirements? Resources { get; init; }

    [Doc("When the kubelet accepted the pod.")]
    public DateTimeOffset? StartTime { get; init; }
}

public sealed record PodCondition
{
    [Doc("When the condition was last probed.")]
    [Zero]
    public DateTimeOffset? LastProbeTime { get; init; }

    [Doc("When the status last changed.")]
    [Zero]
    public DateTimeOffset? LastTransitionTime { get; init; }

    public string? Message { get; init; }

    [Doc("The generation that this status was computed for.")]
    [OmitZero]
    public long? ObservedGeneration { get; init; }

    public string? Reason { get; init; }

    [Doc("The observed state, written by the system.")]
    [Required, Zero]
    public string? Status { get; init; }

    [Required, Zero]
    public string? Type { get; init; }
}

public sealed record PodExtendedResourceClaimStatus
{
    [Required]
    public IReadOnlyList<ContainerExtendedResourceRequest>? RequestMappings { get; init; }

    [Required, Zero]
    public string? ResourceClaimName { get; init; }
}

public sealed record HostIP
{
    [Required]
    public string? Ip { get; init; }
}

public sealed record NodeAllocatableResourceClaimStatus
{
    [ListSet]
    public IReadOnlyList<string>? Containers { get; init; }

    [Required, Zero]
    public string? ResourceClaimName { get; init; }

    [Required]
    public IReadOnlyDictionary<string, Quantity>? Resources { get; init; }
}

public sealed record PodIP
{
    [Required]
    public string? Ip { get; init; }
}

public sealed record PodResourceClaimStatus
{
    [Required, Zero]
    public string? Name { get; init; }

    [KeepEmpty]
    public string? ResourceClaimName { get; init; }
}

public sealed record ContainerExtendedResourceRequest
{
    [Doc("Name of the container.")]
    [Required]
    public string? ContainerName { get; init; }

    [Required]
    public string? RequestName { get; init; }

    [Required]
    public string? ResourceName { get; init; }
}
