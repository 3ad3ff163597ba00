using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

public sealed record ContainerStatus
{
    public IReadOnlyDictionary<string, Quantity>? AllocatedResources { get; init; }

    [ListMap("name"), PatchMerge("name")]
    public IReadOnlyList<ResourceStatus>? AllocatedResourcesStatus { get; init; }

    public string? ContainerID { get; init; }

    [Required, Zero]
    public string? Image { get; init; }

    [Required, Zero]
    public string? ImageID { get; init; }

    [Zero]
    public ContainerState? LastState { get; init; }

    [Required, Zero]
    public string? Name { get; init; }

    [Required, Zero]
    public bool? Ready { get; init; }

    public ResourceRequirements? Resources { get; init; }

    [Required, Zero]
    public int? RestartCount { get; init; }

    public bool? Started { get; init; }

    [Zero]
    public ContainerState? State { get; init; }

    [AllowedSignals]
    public string? StopSignal { get; init; }

    public ContainerUser? User { get; init; }

    [ListMap("mountPath"), PatchMerge("mountPath")]
    public IReadOnlyList<VolumeMountStatus>? VolumeMounts { get; init; }
}

public sealed record ResourceStatus
{
    [Required, Zero]
    public string? Name { get; init; }

    [ListMap("resourceID")]
    public IReadOnlyList<ResourceHealth>? Resources { get; init; }
}

public sealed record ContainerState
{
    public ContainerStateRunning? Running { get; init; }
    public ContainerStateTerminated? Terminated { get; init; }
    public ContainerStateWaiting? Waiting { get; init; }
}

public sealed record ContainerUser
{
    public LinuxContainerUser? Linux { get; init; }
}

public sealed record VolumeMountStatus
{
    [Required, Zero]
    public string? MountPath { get; init; }

    [Required, Zero]
    public string? Name { get; init; }

    [OmitZero]
    public bool? ReadOnly { get; init; }

    public string? RecursiveReadOnly { get; init; }
    public VolumeStatus? VolumeStatus { get; init; }
}

public sealed record ResourceHealth
{
    public string? Health { get; init; }
    public string? Message { get; init; }

    [Required]
    public string? ResourceID { get; init; }
}

public sealed record ContainerStateRunning
{
    [Zero]
    public DateTimeOffset? StartedAt { get; init; }
}

public sealed record ContainerStateTerminated
{
    public string? ContainerID { get; init; }

    [Required, Zero]
    public int? ExitCode { get; init; }

    [Zero]
    public DateTimeOffset? FinishedAt { get; init; }

    public string? Message { get; init; }
    public string? Reason { get; init; }

    [OmitZero]
    public int? Signal { get; init; }

    [Zero]
    public DateTimeOffset? StartedAt { get; init; }
}

public sealed record ContainerStateWaiting
{
    public string? Message { get; init; }
    public string? Reason { get; init; }
}

public sealed record LinuxContainerUser
{
    [Required]
    public long? Gid { get; init; }

    public IReadOnlyList<long>? SupplementalGroups { get; init; }

    [Required]
    public long? Uid { get; init; }
}

public sealed record VolumeStatus
{
    public ImageVolumeStatus? Image { get; init; }
}

public sealed record ImageVolumeStatus
{
    [Required, Zero]
    public string? ImageRef { get; init; }
}
