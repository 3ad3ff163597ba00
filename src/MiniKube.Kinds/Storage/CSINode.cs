namespace MiniKube.Kinds.Storage;

[Doc("The storage drivers installed on a node.")]
[Kind("storage.k8s.io", "v1", "csinodes", ClusterScoped = true)]
public sealed record CSINode : KubeObject
{
    [Doc("The desired state.")]
    [Required, Zero]
    public CSINodeSpec? Spec { get; init; }
}

public sealed record CSINodeSpec
{
    [Required, ListMap("name"), PatchMerge("name")]
    public IReadOnlyList<CSINodeDriver>? Drivers { get; init; }
}

public sealed record CSINodeDriver
{
    [Doc("What pods can have.")]
    public VolumeNodeResources? Allocatable { get; init; }

    [Required]
    public string? Name { get; init; }

    [Required]
    public string? NodeID { get; init; }

    public IReadOnlyList<string>? TopologyKeys { get; init; }
}

public sealed record VolumeNodeResources
{
    public int? Count { get; init; }
}
