namespace MiniKube.Kinds.Core;

[Doc("On which nodes, and near which pods, a pod should run.")]
public sealed record Affinity
{
    public NodeAffinity? NodeAffinity { get; init; }
    public PodAffinity? PodAffinity { get; init; }
    public PodAntiAffinity? PodAntiAffinity { get; init; }
}

public sealed record NodeAffinity
{
    public IReadOnlyList<PreferredSchedulingTerm>? PreferredDuringSchedulingIgnoredDuringExecution { get; init; }
    public NodeSelector? RequiredDuringSchedulingIgnoredDuringExecution { get; init; }
}

public sealed record PodAffinity
{
    public IReadOnlyList<WeightedPodAffinityTerm>? PreferredDuringSchedulingIgnoredDuringExecution { get; init; }
    public IReadOnlyList<PodAffinityTerm>? RequiredDuringSchedulingIgnoredDuringExecution { get; init; }
}

public sealed record PodAntiAffinity
{
    public IReadOnlyList<WeightedPodAffinityTerm>? PreferredDuringSchedulingIgnoredDuringExecution { get; init; }
    public IReadOnlyList<PodAffinityTerm>? RequiredDuringSchedulingIgnoredDuringExecution { get; init; }
}

public sealed record PreferredSchedulingTerm
{
    [Required]
    public NodeSelectorTerm? Preference { get; init; }

    [Required]
    public int? Weight { get; init; }
}

public sealed record WeightedPodAffinityTerm
{
    [Required]
    public PodAffinityTerm? PodAffinityTerm { get; init; }

    [Required]
    public int? Weight { get; init; }
}

public sealed record PodAffinityTerm
{
    public LabelSelector? LabelSelector { get; init; }
    public IReadOnlyList<string>? MatchLabelKeys { get; init; }
    public IReadOnlyList<string>? MismatchLabelKeys { get; init; }
    public LabelSelector? NamespaceSelector { get; init; }
    public IReadOnlyList<string>? Namespaces { get; init; }

    [Required]
    public string? TopologyKey { get; init; }
}
