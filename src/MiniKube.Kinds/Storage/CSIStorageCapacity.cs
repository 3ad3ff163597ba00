using MiniKube.Machinery;

namespace MiniKube.Kinds.Storage;

[Doc("Storage that a driver has left for a topology segment.")]
[Kind("storage.k8s.io", "v1", "csistoragecapacities")]
public sealed record CSIStorageCapacity : KubeObject
{
    public Quantity? Capacity { get; init; }
    public Quantity? MaximumVolumeSize { get; init; }
    public LabelSelector? NodeTopology { get; init; }

    [Doc("The class that the storage is of.")]
    [Required]
    public string? StorageClassName { get; init; }
}
