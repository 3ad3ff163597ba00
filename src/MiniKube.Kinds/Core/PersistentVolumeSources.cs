namespace MiniKube.Kinds.Core;

public sealed record AzureFilePersistentVolumeSource
{
    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }

    [Doc("Name of the secret.")]
    [Required]
    public string? SecretName { get; init; }

    [KeepEmpty]
    public string? SecretNamespace { get; init; }

    [Required]
    public string? ShareName { get; init; }
}

public sealed record CephFSPersistentVolumeSource
{
    [Required]
    public IReadOnlyList<string>? Monitors { get; init; }

    public string? Path { get; init; }

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }

    public string? SecretFile { get; init; }

    [Doc("The secret with the credentials to use.")]
    public SecretReference? SecretRef { get; init; }

    public string? User { get; init; }
}

public sealed record CinderPersistentVolumeSource
{
    [Doc("The file system to mount; the default of the host if absent.")]
    public string? FsType { get; init; }

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }

    [Doc("The secret with the credentials to use.")]
    public SecretReference? SecretRef { get; init; }

    [Required]
    public string? VolumeID { get; init; }
}

public sealed record FlexPersistentVolumeSource
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
    public SecretReference? SecretRef { get; init; }
}

public sealed record GlusterfsPersistentVolumeSource
{
    [Required]
    public string? Endpoints { get; init; }

    public string? EndpointsNamespace { get; init; }

    [Required]
    public string? Path { get; init; }

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }
}

public sealed record ISCSIPersistentVolumeSource
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
    public SecretReference? SecretRef { get; init; }

    [Required]
    public string? TargetPortal { get; init; }
}

public sealed record RBDPersistentVolumeSource
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
    public SecretReference? SecretRef { get; init; }

    [Default("admin")]
    public string? User { get; init; }
}

public sealed record ScaleIOPersistentVolumeSource
{
    [Doc("The file system to mount; the default of the host if absent.")]
    [Default("xfs")]
    public string? FsType { get; init; }

    [Required]
    public string? Gateway { get; init; }

    public string? ProtectionDomain { get; init; }

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }

    [Doc("The secret with the credentials to use.")]
    [Required]
    public SecretReference? SecretRef { get; init; }

    [OmitZero]
    public bool? SslEnabled { get; init; }

    [Default("ThinProvisioned")]
    public string? StorageMode { get; init; }

    public string? StoragePool { get; init; }

    [Required]
    public string? System { get; init; }

    public string? VolumeName { get; init; }
}

public sealed record StorageOSPersistentVolumeSource
{
    [Doc("The file system to mount; the default of the host if absent.")]
    public string? FsType { get; init; }

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }

    [Doc("The secret with the credentials to use.")]
    public ObjectReference? SecretRef { get; init; }

    public string? VolumeName { get; init; }
    public string? VolumeNamespace { get; init; }
}
