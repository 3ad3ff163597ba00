namespace MiniKube.Kinds.Core;

[Doc("Privileges and identity of one container.")]
public sealed record SecurityContext
{
    public bool? AllowPrivilegeEscalation { get; init; }
    public AppArmorProfile? AppArmorProfile { get; init; }
    public Capabilities? Capabilities { get; init; }
    public bool? Privileged { get; init; }

    [Allowed("Default", "Unmasked")]
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
    public string? LocalhostProfile { get; init; }

    [Required, Allowed("Localhost", "RuntimeDefault", "Unconfined")]
    public string? Type { get; init; }
}

public sealed record WindowsSecurityContextOptions
{
    public string? GmsaCredentialSpec { get; init; }
    public string? GmsaCredentialSpecName { get; init; }
    public bool? HostProcess { get; init; }
    public string? RunAsUserName { get; init; }
}

[Doc("Privileges and identity for all containers of a pod.")]
public sealed record PodSecurityContext
{
    public AppArmorProfile? AppArmorProfile { get; init; }
    public long? FsGroup { get; init; }

    [Allowed("Always", "OnRootMismatch")]
    public string? FsGroupChangePolicy { get; init; }

    public long? RunAsGroup { get; init; }
    public bool? RunAsNonRoot { get; init; }
    public long? RunAsUser { get; init; }
    public string? SeLinuxChangePolicy { get; init; }
    public SELinuxOptions? SeLinuxOptions { get; init; }
    public SeccompProfile? SeccompProfile { get; init; }
    public IReadOnlyList<long>? SupplementalGroups { get; init; }

    [Allowed("Merge", "Strict")]
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
