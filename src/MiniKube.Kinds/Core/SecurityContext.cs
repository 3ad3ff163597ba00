namespace MiniKube.Kinds.Core;

[Doc("Privileges and identity of one container.")]
public sealed record SecurityContext
{
    [Doc("Whether a process may gain more privileges than its parent.")]
    public bool? AllowPrivilegeEscalation { get; init; }

    [Doc("The AppArmor profile to run under.")]
    public AppArmorProfile? AppArmorProfile { get; init; }

    [Doc("Linux capabilities to add and to drop.")]
    public Capabilities? Capabilities { get; init; }

    [Doc("Run with all privileges of the host.")]
    public bool? Privileged { get; init; }

    [KeepEmpty, Allowed("Default", "Unmasked")]
    public string? ProcMount { get; init; }

    [Doc("The root file system can't be written.")]
    public bool? ReadOnlyRootFilesystem { get; init; }

    [Doc("The group id to run as.")]
    public long? RunAsGroup { get; init; }

    [Doc("Refuse to run as root.")]
    public bool? RunAsNonRoot { get; init; }

    [Doc("The user id to run as.")]
    public long? RunAsUser { get; init; }

    [Doc("The SELinux context to run in.")]
    public SELinuxOptions? SeLinuxOptions { get; init; }

    [Doc("Which system calls are allowed.")]
    public SeccompProfile? SeccompProfile { get; init; }

    [Doc("Settings for Windows containers.")]
    public WindowsSecurityContextOptions? WindowsOptions { get; init; }
}

public sealed record AppArmorProfile
{
    [Doc("Profile on the node.")]
    [KeepEmpty]
    public string? LocalhostProfile { get; init; }

    [Required, Allowed("Localhost", "RuntimeDefault", "Unconfined")]
    public string? Type { get; init; }
}

public sealed record Capabilities
{
    public IReadOnlyList<string>? Add { get; init; }
    public IReadOnlyList<string>? Drop { get; init; }
}

public sealed record SELinuxOptions
{
    public string? Level { get; init; }
    public string? Role { get; init; }
    public string? Type { get; init; }
    public string? User { get; init; }
}

public sealed record SeccompProfile
{
    [Doc("Profile on the node.")]
    [KeepEmpty]
    public string? LocalhostProfile { get; init; }

    [Required, Allowed("Localhost", "RuntimeDefault", "Unconfined")]
    public string? Type { get; init; }
}

public sealed record WindowsSecurityContextOptions
{
    [KeepEmpty]
    public string? GmsaCredentialSpec { get; init; }

    [KeepEmpty]
    public string? GmsaCredentialSpecName { get; init; }

    public bool? HostProcess { get; init; }

    [KeepEmpty]
    public string? RunAsUserName { get; init; }
}

[Doc("Privileges and identity for all containers of a pod.")]
public sealed record PodSecurityContext
{
    [Doc("The AppArmor profile to run under.")]
    public AppArmorProfile? AppArmorProfile { get; init; }

    [Doc("A group id that owns the volumes.")]
    public long? FsGroup { get; init; }

    [KeepEmpty, Allowed("Always", "OnRootMismatch")]
    public string? FsGroupChangePolicy { get; init; }

    [Doc("The group id to run as.")]
    public long? RunAsGroup { get; init; }

    [Doc("Refuse to run as root.")]
    public bool? RunAsNonRoot { get; init; }

    [Doc("The user id to run as.")]
    public long? RunAsUser { get; init; }

    [KeepEmpty]
    public string? SeLinuxChangePolicy { get; init; }

    [Doc("The SELinux context to run in.")]
    public SELinuxOptions? SeLinuxOptions { get; init; }

    [Doc("Which system calls are allowed.")]
    public SeccompProfile? SeccompProfile { get; init; }

    [Doc("Further group ids of the processes.")]
    public IReadOnlyList<long>? SupplementalGroups { get; init; }

    [KeepEmpty, Allowed("Merge", "Strict")]
    public string? SupplementalGroupsPolicy { get; init; }

    [Doc("Kernel parameters of the pod.")]
    public IReadOnlyList<Sysctl>? Sysctls { get; init; }

    [Doc("Settings for Windows containers.")]
    public WindowsSecurityContextOptions? WindowsOptions { get; init; }
}

public sealed record Sysctl
{
    [Required]
    public string? Name { get; init; }

    [Required, Zero]
    public string? Value { get; init; }
}
