using MiniKube.Kinds.Core;
using MiniKube.Kinds.Meta;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Resource;

[Doc("A request for devices that pods can use.")]
[Kind("resource.k8s.io", "v1", "resourceclaims")]
[Subresource("status")]
public sealed record ResourceClaim : KubeObject
{
    [Doc("The desired state.")]
    [Required, Zero]
    public ResourceClaimSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public ResourceClaimStatus? Status { get; init; }
}

public sealed record ResourceClaimSpec
{
    [Zero]
    public DeviceClaim? Devices { get; init; }
}

public sealed record ResourceClaimStatus
{
    public AllocationResult? Allocation { get; init; }

    [ListMap("driver", "device", "pool", "shareID")]
    public IReadOnlyList<AllocatedDeviceStatus>? Devices { get; init; }

    [ListMap("uid"), PatchMerge("uid")]
    public IReadOnlyList<ResourceClaimConsumerReference>? ReservedFor { get; init; }
}

public sealed record DeviceClaim
{
    public IReadOnlyList<DeviceClaimConfiguration>? Config { get; init; }
    public IReadOnlyList<DeviceConstraint>? Constraints { get; init; }
    public IReadOnlyList<DeviceRequest>? Requests { get; init; }
}

public sealed record AllocationResult
{
    public DateTimeOffset? AllocationTimestamp { get; init; }
    public DeviceAllocationResult? Devices { get; init; }
    public NodeSelector? NodeSelector { get; init; }
}

public sealed record AllocatedDeviceStatus
{
    [Doc("Observed aspects of the object's state.")]
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    public Json? Data { get; init; }

    [Required, Zero]
    public string? Device { get; init; }

    [Required, Zero]
    public string? Driver { get; init; }

    public NetworkDeviceData? NetworkData { get; init; }

    [Required, Zero]
    public string? Pool { get; init; }

    public string? ShareID { get; init; }
}

public sealed record ResourceClaimConsumerReference
{
    public string? ApiGroup { get; init; }

    [Required]
    public string? Name { get; init; }

    [Required]
    public string? Resource { get; init; }

    [Required]
    public string? Uid { get; init; }
}

public sealed record DeviceClaimConfiguration
{
    public OpaqueDeviceConfiguration? Opaque { get; init; }
    public IReadOnlyList<string>? Requests { get; init; }
}

public sealed record DeviceConstraint
{
    [KeepEmpty]
    public string? DistinctAttribute { get; init; }

    [KeepEmpty]
    public string? MatchAttribute { get; init; }

    public IReadOnlyList<string>? Requests { get; init; }
}

public sealed record DeviceRequest
{
    public ExactDeviceRequest? Exactly { get; init; }
    public IReadOnlyList<DeviceSubRequest>? FirstAvailable { get; init; }

    [Required]
    public string? Name { get; init; }
}

public sealed record DeviceAllocationResult
{
    public IReadOnlyList<DeviceAllocationConfiguration>? Config { get; init; }
    public IReadOnlyList<DeviceRequestAllocationResult>? Results { get; init; }
}

public sealed record NetworkDeviceData
{
    public string? HardwareAddress { get; init; }
    public string? InterfaceName { get; init; }
    public IReadOnlyList<string>? Ips { get; init; }
}

public sealed record ExactDeviceRequest
{
    public bool? AdminAccess { get; init; }

    [Default("ExactCount"), Allowed("All", "ExactCount")]
    public string? AllocationMode { get; init; }

    public CapacityRequirements? Capacity { get; init; }

    [OmitZero]
    public long? Count { get; init; }

    [Required]
    public string? DeviceClassName { get; init; }

    public IReadOnlyList<DeviceSelector>? Selectors { get; init; }
    public IReadOnlyList<DeviceToleration>? Tolerations { get; init; }
}

public sealed record DeviceSubRequest
{
    [Default("ExactCount"), Allowed("All", "ExactCount")]
    public string? AllocationMode { get; init; }

    public CapacityRequirements? Capacity { get; init; }

    [OmitZero]
    public long? Count { get; init; }

    [Required]
    public string? DeviceClassName { get; init; }

    [Required]
    public string? Name { get; init; }

    public IReadOnlyList<DeviceSelector>? Selectors { get; init; }
    public IReadOnlyList<DeviceToleration>? Tolerations { get; init; }
}

public sealed record DeviceAllocationConfiguration
{
    public OpaqueDeviceConfiguration? Opaque { get; init; }
    public IReadOnlyList<string>? Requests { get; init; }

    [Required, Allowed("FromClaim", "FromClass")]
    public string? Source { get; init; }
}

public sealed record DeviceRequestAllocationResult
{
    public bool? AdminAccess { get; init; }
    public IReadOnlyList<string>? BindingConditions { get; init; }
    public IReadOnlyList<string>? BindingFailureConditions { get; init; }
    public IReadOnlyDictionary<string, Quantity>? ConsumedCapacity { get; init; }

    [Required]
    public string? Device { get; init; }

    [Required]
    public string? Driver { get; init; }

    [Required]
    public string? Pool { get; init; }

    [Required]
    public string? Request { get; init; }

    public string? ShareID { get; init; }
    public IReadOnlyList<DeviceToleration>? Tolerations { get; init; }
}
