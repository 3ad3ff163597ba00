using System.Globalization;

namespace MiniKube.Kubelet;

public sealed record SandboxSpec(PodIdentity Pod, int Attempt, string Hostname)
{
    /// <summary>The engine's name for the runtime to use; "" for its usual one.</summary>
    public string RuntimeHandler { get; init; } = "";

    public bool HostNetwork { get; init; }
    public bool HostPid { get; init; }
    public bool HostIpc { get; init; }

    /// <summary>The containers see each other's processes.</summary>
    public bool SharePid { get; init; }

    /// <summary>One of its containers will be: some engines want to know beforehand.</summary>
    public bool Privileged { get; init; }

    /// <summary>For engines that have the network attached themselves.</summary>
    public IReadOnlyList<HostPort> HostPorts { get; init; } = [];

    public string CgroupParent { get; init; } = "";

    /// <summary>The pod's users where it has its own; null for the machine's.</summary>
    public UserIds? Users { get; init; }

    public IReadOnlyDictionary<string, string> Sysctls { get; init; } = new Dictionary<string, string>();
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>The pod's, for engines and runtimes that look at them.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();
}

public sealed record ContainerSpec(PodIdentity Pod, string SandboxId, string Name, int Attempt, string Image)
{
    public string Hostname { get; init; } = "";

    /// <summary>As its sandbox's.</summary>
    public string RuntimeHandler { get; init; } = "";

    public IReadOnlyList<string>? Entrypoint { get; init; }
    public IReadOnlyList<string>? Arguments { get; init; }
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];
    public string? WorkingDir { get; init; }
    public IReadOnlyList<MountSpec> Mounts { get; init; } = [];
    public ContainerResources Resources { get; init; } = new();
    public ContainerPrivileges Privileges { get; init; } = new();
    public string CgroupParent { get; init; } = "";
    public bool Stdin { get; init; }
    public bool StdinOnce { get; init; }
    public bool Tty { get; init; }
    public bool HostNetwork { get; init; }
    public bool HostPid { get; init; }
    public bool HostIpc { get; init; }
    public bool SharePid { get; init; }

    /// <summary>Another container of the pod whose processes this one sees.</summary>
    public string? PidOfContainer { get; init; }

    public string? StopSignal { get; init; }

    /// <summary>Those of its sandbox.</summary>
    public UserIds? Users { get; init; }
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}

public enum Propagation
{
    Private,
    HostToContainer,
    Bidirectional,
}

public sealed record MountSpec(string HostPath, string ContainerPath, bool ReadOnly, Propagation Propagation = Propagation.Private)
{
    /// <summary>What is mounted below it can't be written to either.</summary>
    public bool RecursiveReadOnly { get; init; }

    /// <summary>Its files belong to the pod's own users already.</summary>
    public bool OfItsUsers { get; init; }
}

/// <summary>The users and groups of a pod, from 0 on, are these ones of the machine.</summary>
public sealed record UserIds(long First, long Count)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First}+{Count}");

    /// <summary>What <see cref="ToString"/> wrote; null for anything else.</summary>
    public static UserIds? Parse(string? text) => text?.Split('+') is [var first, var count]
        && long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var start) && long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? new(start, length) : null;
}

/// <summary>Limits as the kernel counts them; zero means none.</summary>
public sealed record ContainerResources
{
    public long CpuShares { get; init; }
    public long CpuQuota { get; init; }
    public long CpuPeriod { get; init; }
    public long MemoryBytes { get; init; }
    public long PidsLimit { get; init; }
    public int OomScoreAdjust { get; init; }
}

public sealed record ContainerPrivileges
{
    public long? User { get; init; }
    public long? Group { get; init; }
    public IReadOnlyList<long> SupplementalGroups { get; init; } = [];

    /// <summary>No groups but those: not the ones that the image has for the user.</summary>
    public bool StrictGroups { get; init; }

    public bool Privileged { get; init; }
    public bool ReadOnlyRoot { get; init; }
    public bool NoNewPrivileges { get; init; }
    public IReadOnlyList<string> AddCapabilities { get; init; } = [];
    public IReadOnlyList<string> DropCapabilities { get; init; } = [];

    /// <summary>"unconfined", a path, or null for the engine's default.</summary>
    public string? Seccomp { get; init; }

    public string? AppArmor { get; init; }
    public bool UnmaskedProc { get; init; }
}
