namespace MiniKube.Kubelet.Stats;

/// <summary>What the node and everything of ours on it used, at one moment.</summary>
public sealed record NodeSample(string Node, DateTimeOffset Time, DateTimeOffset Booted)
{
    public long CpuNanos { get; init; }
    public long? CpuRate { get; init; }
    public long MemoryTotal { get; init; }
    public long MemoryUsed { get; init; }
    public long WorkingSet { get; init; }
    public long Rss { get; init; }
    public long PageFaults { get; init; }
    public long MajorPageFaults { get; init; }
    public long SwapUsed { get; init; }
    public long SwapFree { get; init; }
    public StallUses? Stalls { get; init; }
    public IReadOnlyList<InterfaceUse> Network { get; init; } = [];
    public string DefaultInterface { get; init; } = "";
    public FileSystemUse Disk { get; init; } = FileSystemUse.Unknown;

    /// <summary>Where images and writable layers are; the same as <see cref="Disk"/> when it is one file system.</summary>
    public FileSystemUse Images { get; init; } = FileSystemUse.Unknown;

    public long ImageBytes { get; init; }
    public bool ImagesApart { get; init; }
    public long MostProcesses { get; init; }
    public long Processes { get; init; }
    public IReadOnlyList<SystemSample> System { get; init; } = [];
    public IReadOnlyList<PodSample> Pods { get; init; } = [];

    public long MemoryAvailable => Math.Max(0, MemoryTotal - WorkingSet);
}

/// <summary>Groups of processes that aren't pods: "kubelet", "runtime", "pods" as a whole.</summary>
public sealed record SystemSample(string Name, DateTimeOffset Started, CgroupUse Use, long? CpuRate);

public sealed record PodSample(PodIdentity Pod, string CgroupPath, DateTimeOffset Started)
{
    public CgroupUse? Use { get; init; }
    public long? CpuRate { get; init; }
    public IReadOnlyList<InterfaceUse> Network { get; init; } = [];
    public IReadOnlyList<ContainerSample> Containers { get; init; } = [];
    public IReadOnlyList<VolumeSample> Volumes { get; init; } = [];
    public string SandboxId { get; init; } = "";

    /// <summary>Writable layers, logs and volumes on the node's disk.</summary>
    public DiskUse Ephemeral { get; init; } = DiskUse.None;
}

public sealed record ContainerSample(ContainerInfo Container, string CgroupPath)
{
    public CgroupUse Use { get; init; } = new();
    public long? CpuRate { get; init; }

    /// <summary>Null when nobody asked for what is on the disk.</summary>
    public DiskUse? Layer { get; init; }

    public DiskUse? Logs { get; init; }
}

/// <summary>A volume and, where it lies in a file system shared with others, what of it is its own.</summary>
public sealed record VolumeSample(string Name, FileSystemUse FileSystem, DiskUse Own)
{
    public string? Claim { get; init; }

    /// <summary>Kept on the node's disk and gone with the pod.</summary>
    public bool IsEphemeral { get; init; }

    /// <summary>An emptyDir in memory counts as memory.</summary>
    public bool InMemory { get; init; }
}
