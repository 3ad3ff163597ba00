using MiniKube.Machinery;

namespace MiniKube.Kinds.Metrics;

[Doc("What a node uses at the moment.")]
[Kind("metrics.k8s.io", "v1beta1", "nodes", ClusterScoped = true, Verbs = "get list")]
public sealed record NodeMetrics : KubeObject
{
    [Doc("The end of the time that was measured.")]
    [Required]
    public DateTimeOffset? Timestamp { get; init; }

    [Doc("How long was measured.")]
    [Required]
    public string? Window { get; init; }

    [Doc("Processor and memory in use.")]
    [Required]
    public IReadOnlyDictionary<string, Quantity>? Usage { get; init; }
}

[Doc("What a pod's containers use at the moment.")]
[Kind("metrics.k8s.io", "v1beta1", "pods", Verbs = "get list")]
public sealed record PodMetrics : KubeObject
{
    [Doc("The end of the time that was measured.")]
    [Required]
    public DateTimeOffset? Timestamp { get; init; }

    [Doc("How long was measured.")]
    [Required]
    public string? Window { get; init; }

    [Doc("One for each container that runs.")]
    [Required]
    public IReadOnlyList<ContainerMetrics>? Containers { get; init; }
}

public sealed record ContainerMetrics
{
    [Required]
    public string? Name { get; init; }

    [Doc("Processor and memory in use.")]
    [Required]
    public IReadOnlyDictionary<string, Quantity>? Usage { get; init; }
}
