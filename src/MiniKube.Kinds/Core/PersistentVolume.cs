using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

[Doc("A piece of storage that exists independently of pods.")]
[Kind("", "v1", "persistentvolumes", ClusterScoped = true, Short = "pv")]
[Subresource("status")]
public sealed record PersistentVolume : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public PersistentVolumeSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public PersistentVolumeStatus? Status { get; init; }
}

public sealed record PersistentVolumeSpec
{
    [Doc("How the volume can be mounted.")]
    public IReadOnlyList<string>? AccessModes { get; init; }

    public AWSElasticBlockStoreVolumeSource? AwsElasticBlockStore { get; init; }
    public AzureDiskVolumeSource? AzureDisk { get; init; }
    public AzureFilePersistentVolumeSource? AzureFile { get; init; }

    [Doc("What there is in total.")]
    public IReadOnlyDictionary<string, Quantity>? Capacity { get; init; }

    public CephFSPersistentVolumeSource? Cephfs { get; init; }
    public CinderPersistentVolumeSource? Cinder { get; init; }

    [Doc("The claim that the volume is bound to.")]
    [GranularMap]
    public ObjectReference? ClaimRef { get; init; }

    [Doc("A volume of a storage driver.")]
    public CSIPersistentVolumeSource? Csi { get; init; }

    public FCVolumeSource? Fc { get; init; }
    public FlexPersistentVolumeSource? FlexVolume { get; init; }
    public FlockerVolumeSource? Flocker { get; init; }
    public GCEPersistentDiskVolumeSource? GcePersistentDisk { get; init; }
    public GlusterfsPersistentVolumeSource? Glusterfs { get; init; }

    [Doc("A file or directory of the node.")]
    public HostPathVolumeSource? HostPath { get; init; }

    public ISCSIPersistentVolumeSource? Iscsi { get; init; }
    public LocalVolumeSource? Local { get; init; }

    [Doc("Options to mount with.")]
    public IReadOnlyList<string>? MountOptions { get; init; }

    [Doc("A directory of an NFS server.")]
    public NFSVolumeSource? Nfs { get; init; }

    [Doc("Which nodes it may be on.")]
    public VolumeNodeAffinity? NodeAffinity { get; init; }

    [Doc("What becomes of the volume when its claim is gone.")]
    [Default("Retain"), Allowed("Delete", "Recycle", "Retain")]
    public string? PersistentVolumeReclaimPolicy { get; init; }

    public PhotonPersistentDiskVolumeSource? PhotonPersistentDisk { get; init; }
    public PortworxVolumeSource? PortworxVolume { get; init; }
    public QuobyteVolumeSource? Quobyte { get; init; }
    public RBDPersistentVolumeSource? Rbd { get; init; }
    public ScaleIOPersistentVolumeSource? ScaleIO { get; init; }

    [Doc("The class that the storage is of.")]
    public string? StorageClassName { get; init; }

    public StorageOSPersistentVolumeSource? Storageos { get; init; }

    [KeepEmpty]
    public string? VolumeAttributesClassName { get; init; }

    [Doc("A file system or a raw device.")]
    [Default("Filesystem"), Allowed("Block", "Filesystem")]
    public string? VolumeMode { get; init; }

    public VsphereVirtualDiskVolumeSource? VsphereVolume { get; init; }
}

public sealed record PersistentVolumeStatus
{
    public DateTimeOffset? LastPhaseTransitionTime { get; init; }
    public string? Message { get; init; }

    [Default("Pending"), Allowed("Available", "Bound", "Failed", "Pending", "Released")]
    public string? Phase { get; init; }

    public string? Reason { get; init; }
}

public sealed record CSIPersistentVolumeSource
{
    public SecretReference? ControllerExpandSecretRef { get; init; }
    public SecretReference? ControllerPublishSecretRef { get; init; }

    [Required]
    public string? Driver { get; init; }

    [Doc("The file system to mount; the default of the host if absent.")]
    public string? FsType { get; init; }

    public SecretReference? NodeExpandSecretRef { get; init; }
    public SecretReference? NodePublishSecretRef { get; init; }
    public SecretReference? NodeStageSecretRef { get; init; }

    [Doc("Mount without the right to write.")]
    [OmitZero]
    public bool? ReadOnly { get; init; }

    public IReadOnlyDictionary<string, string>? VolumeAttributes { get; init; }

    [Required]
    public string? VolumeHandle { get; init; }
}

public sealed record LocalVolumeSource
{
    [Doc("The file system to mount; the default of the host if absent.")]
    [KeepEmpty]
    public string? FsType { get; init; }

    [Required]
    public string? Path { get; init; }
}
