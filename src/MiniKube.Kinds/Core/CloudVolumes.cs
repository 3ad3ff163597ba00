namespace MiniKube.Kinds.Core;

public sealed record AWSElasticBlockStoreVolumeSource
{
    public string? FsType { get; init; }

    [OmitZero]
    public int? Partition { get; init; }

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

    [Default("ext4"), KeepEmpty]
    public string? FsType { get; init; }

    [Default("Shared"), Allowed("Dedicated", "Managed", "Shared")]
    public string? Kind { get; init; }

    [Default(false)]
    public bool? ReadOnly { get; init; }
}

public sealed record AzureFileVolumeSource
{
    [OmitZero]
    public bool? ReadOnly { get; init; }

    [Required]
    public string? SecretName { get; init; }

    [Required]
    public string? ShareName { get; init; }
}

public sealed record CinderVolumeSource
{
    public string? FsType { get; init; }

    [OmitZero]
    public bool? ReadOnly { get; init; }

    public LocalObjectReference? SecretRef { get; init; }

    [Required]
    public string? VolumeID { get; init; }
}

public sealed record GCEPersistentDiskVolumeSource
{
    public string? FsType { get; init; }

    [OmitZero]
    public int? Partition { get; init; }

    [Required]
    public string? PdName { get; init; }

    [OmitZero]
    public bool? ReadOnly { get; init; }
}

public sealed record PhotonPersistentDiskVolumeSource
{
    public string? FsType { get; init; }

    [Required]
    public string? PdID { get; init; }
}

public sealed record PortworxVolumeSource
{
    public string? FsType { get; init; }

    [OmitZero]
    public bool? ReadOnly { get; init; }

    [Required]
    public string? VolumeID { get; init; }
}

public sealed record ScaleIOVolumeSource
{
    [Default("xfs")]
    public string? FsType { get; init; }

    [Required]
    public string? Gateway { get; init; }

    public string? ProtectionDomain { get; init; }

    [OmitZero]
    public bool? ReadOnly { get; init; }

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
    public string? FsType { get; init; }

    [OmitZero]
    public bool? ReadOnly { get; init; }

    public LocalObjectReference? SecretRef { get; init; }
    public string? VolumeName { get; init; }
    public string? VolumeNamespace { get; init; }
}

public sealed record VsphereVirtualDiskVolumeSource
{
    public string? FsType { get; init; }
    public string? StoragePolicyID { get; init; }
    public string? StoragePolicyName { get; init; }

    [Required]
    public string? VolumePath { get; init; }
}
