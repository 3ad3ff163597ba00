using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Node;

[Doc("A container runtime configuration that pods can choose.")]
[Kind("node.k8s.io", "v1", "runtimeclasses", ClusterScoped = true)]
public sealed record RuntimeClass : KubeObject
{
    [Doc("The configuration of the container engine to use.")]
    [Required, Immutable]
    public string? Handler { get; init; }

    public Overhead? Overhead { get; init; }
    public Scheduling? Scheduling { get; init; }
}

public sealed record Overhead
{
    public IReadOnlyDictionary<string, Quantity>? PodFixed { get; init; }
}

public sealed record Scheduling
{
    [Doc("Labels that a node must have.")]
    [AtomicMap]
    public IReadOnlyDictionary<string, string>? NodeSelector { get; init; }

    public IReadOnlyList<Toleration>? Tolerations { get; init; }
}
