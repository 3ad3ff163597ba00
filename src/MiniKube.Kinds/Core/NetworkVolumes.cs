namespace MiniKube.Kinds.Core;

public sealed record CephFSVolumeSource
{
    [Required]
    public IReadOnlyList<string>? Monitors { get; init; }

    public string? Path { get; init; }

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }

    public string? SecretFile { get; init; }

    [Doc("The secret with the credentials to use.")]
    public LocalObjectReference? SecretRef { get; init; }

    public string? User { get; init; }
}

public sealed record FCVolumeSource
{
    [Doc("The file system to mount; the default of the host if absent.")]
    public string? FsType { get; init; }

    public int? Lun { get; init; }

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }

    public IReadOnlyList<string>? TargetWWNs { get; init; }
    public IReadOnlyList<string>? Wwids { get; init; }
}

public sealed record FlexVolumeSource
{
    [Required]
    public string? Driver { get; init; }

    [Doc("The file system to mount; the default of the host if absent.")]
    public string? FsType { get; init; }

    public IReadOnlyDictionary<string, string>? Options { get; init; }

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }

    [Doc("The secret with the credentials to use.")]
    public LocalObjectReference? SecretRef { get; init; }
}

public sealed record FlockerVolumeSource
{
    public string? DatasetName { get; init; }
    public string? DatasetUUID { get; init; }
}

public sealed record GitRepoVolumeSource
{
    public string? Directory { get; init; }

    [Required]
    public string? Repository { get; init; }

    public string? Revision { get; init; }
}

public sealed record GlusterfsVolumeSource
{
    [Required]
    public string? Endpoints { get; init; }

    [Required]
    public string? Path { get; init; }

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }
}

public sealed record ISCSIVolumeSource
{
    [OmitZero]
    public bool? ChapAuthDiscovery { get; init; }

    [OmitZero]
    public bool? ChapAuthSession { get; init; }

    [Doc("The file system to mount; the default of the host if absent.")]
    public string? FsType { get; init; }

    [KeepEmpty]
    public string? InitiatorName { get; init; }

    [Required]
    public string? Iqn { get; init; }

    [Default("default")]
    public string? IscsiInterface { get; init; }

    [Required]
    public int? Lun { get; init; }

    public IReadOnlyList<string>? Portals { get; init; }

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }

    [Doc("The secret with the credentials to use.")]
    public LocalObjectReference? SecretRef { get; init; }

    [Required]
    public string? TargetPortal { get; init; }
}

public sealed record QuobyteVolumeSource
{
    public string? Group { get; init; }

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }

    [Required]
    public string? Registry { get; init; }

    public string? Tenant { get; init; }
    public string? User { get; init; }

    [Required]
    public string? Volume { get; init; }
}

public sealed record RBDVolumeSource
{
    [Doc("The file system to mount; the default of the host if absent.")]
    public string? FsType { get; init; }

    [Required]
    public string? Image { get; init; }

    [Default("/etc/ceph/keyring")]
    public string? Keyring { get; init; }

    [Required]
    public IReadOnlyList<string>? Monitors { get; init; }

    [Default("rbd")]
    public string? Pool { get; init; }

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }

    [Doc("The secret with the credentials to use.")]
    public LocalObjectReference? SecretRef { get; init; }

    [Default("admin")]
    public string? User { get; init; }
}
