using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Resource;

[Doc("Devices that a driver offers in a pool.")]
[Kind("resource.k8s.io", "v1", "resourceslices", ClusterScoped = true, Generation = true)]
public sealed record ResourceSlice : KubeObject
{
    [Doc("The desired state.")]
    [Required, Zero]
    public ResourceSliceSpec? Spec { get; init; }
}

public sealed record ResourceSliceSpec
{
    public bool? AllNodes { get; init; }
    public IReadOnlyList<Device>? Devices { get; init; }

    [Required]
    public string? Driver { get; init; }

    [KeepEmpty]
    public string? NodeName { get; init; }

    public NodeSelector? NodeSelector { get; init; }
    public bool? PerDeviceNodeSelection { get; init; }

    [Required]
    public ResourcePool? Pool { get; init; }

    public IReadOnlyList<CounterSet>? SharedCounters { get; init; }
}

public sealed record Device
{
    public bool? AllNodes { get; init; }
    public bool? AllowMultipleAllocations { get; init; }
    public IReadOnlyDictionary<string, DeviceAttribute>? Attributes { get; init; }
    public IReadOnlyList<string>? BindingConditions { get; init; }
    public IReadOnlyList<string>? BindingFailureConditions { get; init; }
    public bool? BindsToNode { get; init; }
    public IReadOnlyDictionary<string, DeviceCapacity>? Capacity { get; init; }
    public IReadOnlyList<DeviceCounterConsumption>? ConsumesCounters { get; init; }

    [Required]
    public string? Name { get; init; }

    public IReadOnlyDictionary<string, NodeAllocatableResourceMapping>? NodeAllocatableResourceMappings { get; init; }
    public string? NodeName { get; init; }
    public NodeSelector? NodeSelector { get; init; }
    public IReadOnlyList<DeviceTaint>? Taints { get; init; }
}

public sealed record ResourcePool
{
    [Required]
    public long? Generation { get; init; }

    [Required]
    public string? Name { get; init; }

    [Required]
    public long? ResourceSliceCount { get; init; }
}

public sealed record CounterSet
{
    [Required]
    public IReadOnlyDictionary<string, Counter>? Counters { get; init; }

    [Required]
    public string? Name { get; init; }
}

public sealed record DeviceAttribute
{
    public bool? Bool { get; init; }
    public IReadOnlyList<bool>? Bools { get; init; }
    public long? Int { get; init; }
    public IReadOnlyList<long>? Ints { get; init; }

    [KeepEmpty]
    public string? String { get; init; }

    public IReadOnlyList<string>? Strings { get; init; }

    [KeepEmpty]
    public string? Version { get; init; }

    public IReadOnlyList<string>? Versions { get; init; }
}

public sealed record DeviceCapacity
{
    public CapacityRequestPolicy? RequestPolicy { get; init; }

    [Required]
    public Quantity? Value { get; init; }
}

public sealed record DeviceCounterConsumption
{
    [Required]
    public string? CounterSet { get; init; }

    [Required]
    public IReadOnlyDictionary<string, Counter>? Counters { get; init; }
}

public sealed record NodeAllocatableResourceMapping
{
    public Quantity? AllocationMultiplier { get; init; }
    public string? CapacityKey { get; init; }
}

public sealed record Counter
{
    [Required]
    public Quantity? Value { get; init; }
}

public sealed record CapacityRequestPolicy
{
    public Quantity? Default { get; init; }
    public CapacityRequestPolicyRange? ValidRange { get; init; }
    public IReadOnlyList<Quantity>? ValidValues { get; init; }
}

public sealed record CapacityRequestPolicyRange
{
    public Quantity? Max { get; init; }

    [Required]
    public Quantity? Min { get; init; }

    public Quantity? Step { get; init; }
}
