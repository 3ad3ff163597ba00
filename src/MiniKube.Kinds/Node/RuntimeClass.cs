using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Node;

[Doc("A container runtime configuration that pods can choose.")]
[Kind("node.k8s.io", "v1", "runtimeclasses", ClusterScoped = true)]
public sealed record RuntimeClass : KubeObject
{
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
    [AtomicMap]
    public IReadOnlyDictionary<string, string>? NodeSelector { get; init; }

    public IReadOnlyList<Toleration>? Tolerations { get; init; }
}
