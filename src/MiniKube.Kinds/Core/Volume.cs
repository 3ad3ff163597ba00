using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

[Doc("Storage that the containers of a pod can mount; exactly one source is set.")]
public sealed record Volume
{
    public AWSElasticBlockStoreVolumeSource? AwsElasticBlockStore { get; init; }
    public AzureDiskVolumeSource? AzureDisk { get; init; }
    public AzureFileVolumeSource? AzureFile { get; init; }
    public CephFSVolumeSource? Cephfs { get; init; }
    public CinderVolumeSource? Cinder { get; init; }
    public ConfigMapVolumeSource? ConfigMap { get; init; }
    public CSIVolumeSource? Csi { get; init; }
    public DownwardAPIVolumeSource? DownwardAPI { get; init; }
    public EmptyDirVolumeSource? EmptyDir { get; init; }
    public EphemeralVolumeSource? Ephemeral { get; init; }
    public FCVolumeSource? Fc { get; init; }
    public FlexVolumeSource? FlexVolume { get; init; }
    public FlockerVolumeSource? Flocker { get; init; }
    public GCEPersistentDiskVolumeSource? GcePersistentDisk { get; init; }
    public GitRepoVolumeSource? GitRepo { get; init; }
    public GlusterfsVolumeSource? Glusterfs { get; init; }
    public HostPathVolumeSource? HostPath { get; init; }
    public ImageVolumeSource? Image { get; init; }
    public ISCSIVolumeSource? Iscsi { get; init; }

    [Required]
    public string? Name { get; init; }

    public NFSVolumeSource? Nfs { get; init; }
    public PersistentVolumeClaimVolumeSource? PersistentVolumeClaim { get; init; }
    public PhotonPersistentDiskVolumeSource? PhotonPersistentDisk { get; init; }
    public PortworxVolumeSource? PortworxVolume { get; init; }
    public ProjectedVolumeSource? Projected { get; init; }
    public QuobyteVolumeSource? Quobyte { get; init; }
    public RBDVolumeSource? Rbd { get; init; }
    public ScaleIOVolumeSource? ScaleIO { get; init; }
    public SecretVolumeSource? Secret { get; init; }
    public StorageOSVolumeSource? Storageos { get; init; }
    public VsphereVirtualDiskVolumeSource? VsphereVolume { get; init; }
}

public sealed record ConfigMapVolumeSource
{
    [Default(420)]
    public int? DefaultMode { get; init; }

    public IReadOnlyList<KeyToPath>? Items { get; init; }
    public string? Name { get; init; }
    public bool? Optional { get; init; }
}

public sealed record CSIVolumeSource
{
    [Required]
    public string? Driver { get; init; }

    [KeepEmpty]
    public string? FsType { get; init; }

    public LocalObjectReference? NodePublishSecretRef { get; init; }
    public bool? ReadOnly { get; init; }
    public IReadOnlyDictionary<string, string>? VolumeAttributes { get; init; }
}

public sealed record DownwardAPIVolumeSource
{
    [Default(420)]
    public int? DefaultMode { get; init; }

    public IReadOnlyList<DownwardAPIVolumeFile>? Items { get; init; }
}

public sealed record EmptyDirVolumeSource
{
    public string? Medium { get; init; }
    public Quantity? SizeLimit { get; init; }
}

public sealed record EphemeralVolumeSource
{
    public PersistentVolumeClaimTemplate? VolumeClaimTemplate { get; init; }
}

public sealed record HostPathVolumeSource
{
    [Required]
    public string? Path { get; init; }

    [Default(""), KeepEmpty, Allowed("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket")]
    public string? Type { get; init; }
}

public sealed record ImageVolumeSource
{
    [Allowed("Always", "IfNotPresent", "Never")]
    public string? PullPolicy { get; init; }

    public string? Reference { get; init; }
}

public sealed record NFSVolumeSource
{
    [Required]
    public string? Path { get; init; }

    [OmitZero]
    public bool? ReadOnly { get; init; }

    [Required]
    public string? Server { get; init; }
}

public sealed record PersistentVolumeClaimVolumeSource
{
    [Required]
    public string? ClaimName { get; init; }

    [OmitZero]
    public bool? ReadOnly { get; init; }
}

public sealed record SecretVolumeSource
{
    [Default(420)]
    public int? DefaultMode { get; init; }

    public IReadOnlyList<KeyToPath>? Items { get; init; }
    public bool? Optional { get; init; }
    public string? SecretName { get; init; }
}

public sealed record KeyToPath
{
    [Required]
    public string? Key { get; init; }

    public int? Mode { get; init; }

    [Required]
    public string? Path { get; init; }
}

public sealed record DownwardAPIVolumeFile
{
    public ObjectFieldSelector? FieldRef { get; init; }
    public int? Mode { get; init; }

    [Required]
    public string? Path { get; init; }

    public ResourceFieldSelector? ResourceFieldRef { get; init; }
}
