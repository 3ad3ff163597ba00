namespace MiniKube.Kinds.Core;

public sealed record AzureFilePersistentVolumeSource
{
    [OmitZero]
    public bool? ReadOnly { get; init; }

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

    [OmitZero]
    public bool? ReadOnly { get; init; }

    public string? SecretFile { get; init; }
    public SecretReference? SecretRef { get; init; }
    public string? User { get; init; }
}

public sealed record CinderPersistentVolumeSource
{
    public string? FsType { get; init; }

    [OmitZero]
    public bool? ReadOnly { get; init; }

    public SecretReference? SecretRef { get; init; }

    [Required]
    public string? VolumeID { get; init; }
}

public sealed record FlexPersistentVolumeSource
{
    [Required]
    public string? Driver { get; init; }

    public string? FsType { get; init; }
    public IReadOnlyDictionary<string, string>? Options { get; init; }

    [OmitZero]
    public bool? ReadOnly { get; init; }

    public SecretReference? SecretRef { get; init; }
}

public sealed record GlusterfsPersistentVolumeSource
{
    [Required]
    public string? Endpoints { get; init; }

    public string? EndpointsNamespace { get; init; }

    [Required]
    public string? Path { get; init; }

    [OmitZero]
    public bool? ReadOnly { get; init; }
}

public sealed record ISCSIPersistentVolumeSource
{
    [OmitZero]
    public bool? ChapAuthDiscovery { get; init; }

    [OmitZero]
    public bool? ChapAuthSession { get; init; }

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

    [OmitZero]
    public bool? ReadOnly { get; init; }

    public SecretReference? SecretRef { get; init; }

    [Required]
    public string? TargetPortal { get; init; }
}

public sealed record RBDPersistentVolumeSource
{
    public string? FsType { get; init; }

    [Required]
    public string? Image { get; init; }

    [Default("/etc/ceph/keyring")]
    public string? Keyring { get; init; }

    [Required]
    public IReadOnlyList<string>? Monitors { get; init; }

    [Default("rbd")]
    public string? Pool { get; init; }

    [OmitZero]
    public bool? ReadOnly { get; init; }

    public SecretReference? SecretRef { get; init; }

    [Default("admin")]
    public string? User { get; init; }
}

public sealed record ScaleIOPersistentVolumeSource
{
    [Default("xfs")]
    public string? FsType { get; init; }

    [Required]
    public string? Gateway { get; init; }

    public string? ProtectionDomain { get; init; }

    [OmitZero]
    public bool? ReadOnly { get; init; }

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
    public string? FsType { get; init; }

    [OmitZero]
    public bool? ReadOnly { get; init; }

    public ObjectReference? SecretRef { get; init; }
    public string? VolumeName { get; init; }
    public string? VolumeNamespace { get; init; }
}
