using MiniKube.Kinds.Core;

namespace MiniKube.Kinds.Storage;

[Doc("A way to provision volumes, by name.")]
[Kind("storage.k8s.io", "v1", "storageclasses", ClusterScoped = true, Short = "sc")]
public sealed record StorageClass : KubeObject
{
    public bool? AllowVolumeExpansion { get; init; }
    public IReadOnlyList<TopologySelectorTerm>? AllowedTopologies { get; init; }
    public IReadOnlyList<string>? MountOptions { get; init; }

    [Immutable]
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }

    [Required, Immutable]
    public string? Provisioner { get; init; }

    [Default("Delete"), Allowed("Delete", "Recycle", "Retain"), Immutable]
    public string? ReclaimPolicy { get; init; }

    [Default("Immediate"), Allowed("Immediate", "WaitForFirstConsumer"), Immutable]
    public string? VolumeBindingMode { get; init; }
}
