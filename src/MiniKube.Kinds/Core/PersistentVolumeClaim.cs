using MiniKube.Kinds.Meta;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

[Doc("A request for storage that a PersistentVolume can satisfy.")]
[Kind("", "v1", "persistentvolumeclaims", Short = "pvc")]
[Subresource("status")]
public sealed record PersistentVolumeClaim : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public PersistentVolumeClaimSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public PersistentVolumeClaimStatus? Status { get; init; }
}

public sealed record PersistentVolumeClaimSpec
{
    [Doc("How the volume must be mountable.")]
    public IReadOnlyList<string>? AccessModes { get; init; }

    public TypedLocalObjectReference? DataSource { get; init; }
    public TypedObjectReference? DataSourceRef { get; init; }

    [Doc("How much storage is needed.")]
    [Zero]
    public VolumeResourceRequirements? Resources { get; init; }

    public LabelSelector? Selector { get; init; }

    [Doc("The class that the volume must be of.")]
    [KeepEmpty]
    public string? StorageClassName { get; init; }

    [KeepEmpty]
    public string? VolumeAttributesClassName { get; init; }

    [Doc("A file system or a raw device.")]
    [Default("Filesystem"), Allowed("Block", "Filesystem")]
    public string? VolumeMode { get; init; }

    [Doc("The volume that is bound.")]
    public string? VolumeName { get; init; }
}

public sealed record PersistentVolumeClaimStatus
{
    [Doc("How the volume can be mounted.")]
    public IReadOnlyList<string>? AccessModes { get; init; }

    [GranularMap]
    public IReadOnlyDictionary<string, string>? AllocatedResourceStatuses { get; init; }

    public IReadOnlyDictionary<string, Quantity>? AllocatedResources { get; init; }

    [Doc("What there is in total.")]
    public IReadOnlyDictionary<string, Quantity>? Capacity { get; init; }

    [Doc("Observed aspects of the object's state.")]
    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<PersistentVolumeClaimCondition>? Conditions { get; init; }

    [KeepEmpty]
    public string? CurrentVolumeAttributesClassName { get; init; }

    public ModifyVolumeStatus? ModifyVolumeStatus { get; init; }

    [Default("Pending"), Allowed("Bound", "Lost", "Pending")]
    public string? Phase { get; init; }
}

public sealed record PersistentVolumeClaimCondition
{
    [Doc("When the condition was last probed.")]
    [Zero]
    public DateTimeOffset? LastProbeTime { get; init; }

    [Doc("When the status last changed.")]
    [Zero]
    public DateTimeOffset? LastTransitionTime { get; init; }

    public string? Message { get; init; }
    public string? Reason { get; init; }

    [Doc("The observed state, written by the system.")]
    [Required, Zero]
    public string? Status { get; init; }

    [Required, Zero]
    public string? Type { get; init; }
}

public sealed record ModifyVolumeStatus
{
    [Doc("The observed state, written by the system.")]
    [Required, Zero, Allowed("InProgress", "Infeasible", "Pending")]
    public string? Status { get; init; }

    public string? TargetVolumeAttributesClassName { get; init; }
}

public sealed record PersistentVolumeClaimTemplate
{
    public ObjectMeta? Metadata { get; init; }

    [Doc("The desired state.")]
    [Required, Zero]
    public PersistentVolumeClaimSpec? Spec { get; init; }
}
