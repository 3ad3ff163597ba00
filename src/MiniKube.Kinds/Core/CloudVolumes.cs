namespace MiniKube.Kinds.Core;

public sealed record AWSElasticBlockStoreVolumeSource
{
    [Doc("The file system to mount; the default of the host if absent.")]
    public string? FsType { get; init; }

    [OmitZero]
    public int? Partition { get; init; }

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }

    [Required]
    public string? VolumeID { get; init; }
}

public sealed record AzureDiskVolumeSource
{
    [Default("ReadWrite"), Allowed("None", "ReadOnly", "ReadWrite")]
    public string? CachingMode { get; init; }

    [Required]
    public string? DiskName { get; init; }

    [Required]
    public string? DiskURI { get; init; }

    [Doc("The file system to mount; the default of the host if absent.")]
    [Default("ext4"), KeepEmpty]
    public string? FsType { get; init; }

    [Default("Shared"), Allowed("Dedicated", "Managed", "Shared")]
    public string? Kind { get; init; }

    [Doc("Mount without the right to write.")]
    [Default(false)]
    public bool? ReadOnly { get; init; }
}

public sealed record AzureFileVolumeSource
{
    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }

    [Doc("Name of the secret.")]
    [Required]
    public string? SecretName { get; init; }

    [Required]
    public string? ShareName { get; init; }
}

public sealed record CinderVolumeSource
{
    [Doc("The file system to mount; the default of the host if absent.")]
    public string? FsType { get; init; }

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }

    [Doc("The secret with the credentials to use.")]
    public LocalObjectReference? SecretRef { get; init; }

    [Required]
    public string? VolumeID { get; init; }
}

public sealed record GCEPersistentDiskVolumeSource
{
    [Doc("The file system to mount; the default of the host if absent.")]
    public string? FsType { get; init; }

    [OmitZero]
    public int? Partition { get; init; }

    [Required]
    public string? PdName { get; init; }

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }
}

public sealed record PhotonPersistentDiskVolumeSource
{
    [Doc("The file system to mount; the default of the host if absent.")]
    public string? FsType { get; init; }

    [Required]
    public string? PdID { get; init; }
}

public sealed record PortworxVolumeSource
{
    [Doc("The file system to mount; the default of the host if absent.")]
    public string? FsType { get; init; }

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }

    [Required]
    public string? VolumeID { get; init; }
}

public sealed record ScaleIOVolumeSource
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
    public LocalObjectReference? SecretRef { get; init; }

    [OmitZero]
    public bool? SslEnabled { get; init; }

    [Default("ThinProvisioned")]
    public string? StorageMode { get; init; }

    public string? StoragePool { get; init; }

    [Required]
    public string? System { get; init; }

    public string? VolumeName { get; init; }
}

public sealed record StorageOSVolumeSource
{
    [Doc("The file system to mount; the default of the host if absent.")]
    public string? FsType { get; init; }

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }

    [Doc("The secret with the credentials to use.")]
    public LocalObjectReference? SecretRef { get; init; }

    public string? VolumeName { get; init; }
    public string? VolumeNamespace { get; init; }
}

public sealed record VsphereVirtualDiskVolumeSource
{
    [Doc("The file system to mount; the default of the host if absent.")]
    public string? FsType { get; init; }

    public string? StoragePolicyID { get; init; }
    public string? StoragePolicyName { get; init; }

    [Required]
    public string? VolumePath { get; init; }
}
