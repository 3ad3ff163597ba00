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

    [Doc("Keys of a ConfigMap as files.")]
    public ConfigMapVolumeSource? ConfigMap { get; init; }

    [Doc("A volume of a storage driver.")]
    public CSIVolumeSource? Csi { get; init; }

    [Doc("Facts about the pod as files.")]
    public DownwardAPIVolumeSource? DownwardAPI { get; init; }

    [Doc("A directory that lives as long as the pod.")]
    public EmptyDirVolumeSource? EmptyDir { get; init; }

    [Doc("A claim made for the pod and gone with it.")]
    public EphemeralVolumeSource? Ephemeral { get; init; }

    public FCVolumeSource? Fc { get; init; }
    public FlexVolumeSource? FlexVolume { get; init; }
    public FlockerVolumeSource? Flocker { get; init; }
    public GCEPersistentDiskVolumeSource? GcePersistentDisk { get; init; }
    public GitRepoVolumeSource? GitRepo { get; init; }
    public GlusterfsVolumeSource? Glusterfs { get; init; }

    [Doc("A file or directory of the node.")]
    public HostPathVolumeSource? HostPath { get; init; }

    public ImageVolumeSource? Image { get; init; }
    public ISCSIVolumeSource? Iscsi { get; init; }

    [Required]
    public string? Name { get; init; }

    [Doc("A directory of an NFS server.")]
    public NFSVolumeSource? Nfs { get; init; }

    [Doc("A claim in the same namespace.")]
    public PersistentVolumeClaimVolumeSource? PersistentVolumeClaim { get; init; }

    public PhotonPersistentDiskVolumeSource? PhotonPersistentDisk { get; init; }
    public PortworxVolumeSource? PortworxVolume { get; init; }

    [Doc("Several sources in one directory.")]
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
    [Doc("Mode bits of files that have none of their own.")]
    [Default(420)]
    public int? DefaultMode { get; init; }

    [Doc("Keys to project and their paths; all keys if absent.")]
    public IReadOnlyList<KeyToPath>? Items { get; init; }

    public string? Name { get; init; }

    [Doc("Whether it may be missing.")]
    public bool? Optional { get; init; }
}

public sealed record CSIVolumeSource
{
    [Required]
    public string? Driver { get; init; }

    [Doc("The file system to mount; the default of the host if absent.")]
    [KeepEmpty]
    public string? FsType { get; init; }

    public LocalObjectReference? NodePublishSecretRef { get; init; }

    [Doc("Mount without the right to write.")]
    public bool? ReadOnly { get; init; }

    public IReadOnlyDictionary<string, string>? VolumeAttributes { get; init; }
}

public sealed record DownwardAPIVolumeSource
{
    [Doc("Mode bits of files that have none of their own.")]
    [Default(420)]
    public int? DefaultMode { get; init; }

    public IReadOnlyList<DownwardAPIVolumeFile>? Items { get; init; }
}

public sealed record EmptyDirVolumeSource
{
    [Doc("Memory keeps it in RAM.")]
    public string? Medium { get; init; }

    [Doc("The most it may hold.")]
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

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }

    [Required]
    public string? Server { get; init; }
}

public sealed record PersistentVolumeClaimVolumeSource
{
    [Doc("Name of the claim.")]
    [Required]
    public string? ClaimName { get; init; }

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }
}

public sealed record SecretVolumeSource
{
    [Doc("Mode bits of files that have none of their own.")]
    [Default(420)]
    public int? DefaultMode { get; init; }

    [Doc("Keys to project and their paths; all keys if absent.")]
    public IReadOnlyList<KeyToPath>? Items { get; init; }

    [Doc("Whether it may be missing.")]
    public bool? Optional { get; init; }

    [Doc("Name of the secret.")]
    public string? SecretName { get; init; }
}

public sealed record KeyToPath
{
    [Required]
    public string? Key { get; init; }

    [Doc("Mode bits of the file.")]
    public int? Mode { get; init; }

    [Required]
    public string? Path { get; init; }
}

public sealed record DownwardAPIVolumeFile
{
    [Doc("A field of the pod.")]
    public ObjectFieldSelector? FieldRef { get; init; }

    [Doc("Mode bits of the file.")]
    public int? Mode { get; init; }

    [Required]
    public string? Path { get; init; }

    [Doc("A request or limit of a container.")]
    public ResourceFieldSelector? ResourceFieldRef { get; init; }
}
