using MiniKube.Kinds.Core;

namespace MiniKube.Kinds.Storage;

[Doc("A way to provision volumes, by name.")]
[Kind("storage.k8s.io", "v1", "storageclasses", ClusterScoped = true, Short = "sc")]
public sealed record StorageClass : KubeObject
{
    [Doc("Whether claims may grow.")]
    public bool? AllowVolumeExpansion { get; init; }

    [Doc("Where volumes may be made.")]
    public IReadOnlyList<TopologySelectorTerm>? AllowedTopologies { get; init; }

    [Doc("Options to mount with.")]
    public IReadOnlyList<string>? MountOptions { get; init; }

    [Doc("Settings that the driver understands.")]
    [Immutable]
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }

    [Doc("The driver that makes the volumes.")]
    [Required, Immutable]
    public string? Provisioner { get; init; }

    [Doc("What becomes of a volume whose claim is gone.")]
    [Default("Delete"), Allowed("Delete", "Recycle", "Retain"), Immutable]
    public string? ReclaimPolicy { get; init; }

    [Doc("Whether volumes are made at once or when a pod needs them.")]
    [Default("Immediate"), Allowed("Immediate", "WaitForFirstConsumer"), Immutable]
    public string? VolumeBindingMode { get; init; }
}
