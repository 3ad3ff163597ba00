using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

public sealed record ContainerStatus
{
    public IReadOnlyDictionary<string, Quantity>? AllocatedResources { get; init; }

    [ListMap("name"), PatchMerge("name")]
    public IReadOnlyList<ResourceStatus>? AllocatedResourcesStatus { get; init; }

    [Doc("The engine's identifier of the container.")]
    public string? ContainerID { get; init; }

    [Required, Zero]
    public string? Image { get; init; }

    [Doc("The engine's identifier of the image.")]
    [Required, Zero]
    public string? ImageID { get; init; }

    [Zero]
    public ContainerState? LastState { get; init; }

    [Required, Zero]
    public string? Name { get; init; }

    [Required, Zero]
    public bool? Ready { get; init; }

    [Doc("What is needed at least and may be used at most.")]
    public ResourceRequirements? Resources { get; init; }

    [Doc("How often the container was restarted.")]
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
    [Doc("Where it appears in the container.")]
    [Required, Zero]
    public string? MountPath { get; init; }

    [Required, Zero]
    public string? Name { get; init; }

    [Doc("Mount without the right to write.")]
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
    [Doc("When it started.")]
    [Zero]
    public DateTimeOffset? StartedAt { get; init; }
}

public sealed record ContainerStateTerminated
{
    [Doc("The engine's identifier of the container.")]
    public string? ContainerID { get; init; }

    [Doc("How the program ended.")]
    [Required, Zero]
    public int? ExitCode { get; init; }

    [Doc("When it ended.")]
    [Zero]
    public DateTimeOffset? FinishedAt { get; init; }

    public string? Message { get; init; }
    public string? Reason { get; init; }

    [Doc("The signal that ended it.")]
    [OmitZero]
    public int? Signal { get; init; }

    [Doc("When it started.")]
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

    [Doc("Further group ids of the processes.")]
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
