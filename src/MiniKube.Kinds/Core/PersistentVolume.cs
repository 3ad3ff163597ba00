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
    public IReadOnlyList<string>? AccessModes { get; init; }
    public AWSElasticBlockStoreVolumeSource? AwsElasticBlockStore { get; init; }
    public AzureDiskVolumeSource? AzureDisk { get; init; }
    public AzureFilePersistentVolumeSource? AzureFile { get; init; }
    public IReadOnlyDictionary<string, Quantity>? Capacity { get; init; }
    public CephFSPersistentVolumeSource? Cephfs { get; init; }
    public CinderPersistentVolumeSource? Cinder { get; init; }

    [GranularMap]
    public ObjectReference? ClaimRef { get; init; }

    public CSIPersistentVolumeSource? Csi { get; init; }
    public FCVolumeSource? Fc { get; init; }
    public FlexPersistentVolumeSource? FlexVolume { get; init; }
    public FlockerVolumeSource? Flocker { get; init; }
    public GCEPersistentDiskVolumeSource? GcePersistentDisk { get; init; }
    public GlusterfsPersistentVolumeSource? Glusterfs { get; init; }
    public HostPathVolumeSource? HostPath { get; init; }
    public ISCSIPersistentVolumeSource? Iscsi { get; init; }
    public LocalVolumeSource? Local { get; init; }
    public IReadOnlyList<string>? MountOptions { get; init; }
    public NFSVolumeSource? Nfs { get; init; }
    public VolumeNodeAffinity? NodeAffinity { get; init; }

    [Default("Retain"), Allowed("Delete", "Recycle", "Retain")]
    public string? PersistentVolumeReclaimPolicy { get; init; }

    public PhotonPersistentDiskVolumeSource? PhotonPersistentDisk { get; init; }
    public PortworxVolumeSource? PortworxVolume { get; init; }
    public QuobyteVolumeSource? Quobyte { get; init; }
    public RBDPersistentVolumeSource? Rbd { get; init; }
    public ScaleIOPersistentVolumeSource? ScaleIO { get; init; }
    public string? StorageClassName { get; init; }
    public StorageOSPersistentVolumeSource? Storageos { get; init; }

    [KeepEmpty]
    public string? VolumeAttributesClassName { get; init; }

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

    public string? FsType { get; init; }
    public SecretReference? NodeExpandSecretRef { get; init; }
    public SecretReference? NodePublishSecretRef { get; init; }
    public SecretReference? NodeStageSecretRef { get; init; }

    [OmitZero]
    public bool? ReadOnly { get; init; }

    public IReadOnlyDictionary<string, string>? VolumeAttributes { get; init; }

    [Required]
    public string? VolumeHandle { get; init; }
}

public sealed record LocalVolumeSource
{
    [KeepEmpty]
    public string? FsType { get; init; }

    [Required]
    public string? Path { get; init; }
}
