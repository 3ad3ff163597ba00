namespace MiniKube.Kinds.Core;

[Doc("Privileges and identity of one container.")]
public sealed record SecurityContext
{
    public bool? AllowPrivilegeEscalation { get; init; }
    public AppArmorProfile? AppArmorProfile { get; init; }
    public Capabilities? Capabilities { get; init; }
    public bool? Privileged { get; init; }

    [KeepEmpty, Allowed("Default", "Unmasked")]
    public string? ProcMount { get; init; }

    public bool? ReadOnlyRootFilesystem { get; init; }
    public long? RunAsGroup { get; init; }
    public bool? RunAsNonRoot { get; init; }
    public long? RunAsUser { get; init; }
    public SELinuxOptions? SeLinuxOptions { get; init; }
    public SeccompProfile? SeccompProfile { get; init; }
    public WindowsSecurityContextOptions? WindowsOptions { get; init; }
}

public sealed record AppArmorProfile
{
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
    public AppArmorProfile? AppArmorProfile { get; init; }
    public long? FsGroup { get; init; }

    [KeepEmpty, Allowed("Always", "OnRootMismatch")]
    public string? FsGroupChangePolicy { get; init; }

    public long? RunAsGroup { get; init; }
    public bool? RunAsNonRoot { get; init; }
    public long? RunAsUser { get; init; }

    [KeepEmpty]
    public string? SeLinuxChangePolicy { get; init; }

    public SELinuxOptions? SeLinuxOptions { get; init; }
    public SeccompProfile? SeccompProfile { get; init; }
    public IReadOnlyList<long>? SupplementalGroups { get; init; }

    [KeepEmpty, Allowed("Merge", "Strict")]
    public string? SupplementalGroupsPolicy { get; init; }

    public IReadOnlyList<Sysctl>? Sysctls { get; init; }
    public WindowsSecurityContextOptions? WindowsOptions { get; init; }
}

public sealed record Sysctl
{
    [Required]
    public string? Name { get; init; }

    [Required, Zero]
    public string? Value { get; init; }
}
