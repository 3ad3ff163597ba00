namespace MiniKube.Kinds.Core;

[Doc("On which nodes, and near which pods, a pod should run.")]
public sealed record Affinity
{
    [Doc("Which nodes it may be on.")]
    public NodeAffinity? NodeAffinity { get; init; }

    [Doc("Near which pods to run.")]
    public PodAffinity? PodAffinity { get; init; }

    [Doc("Away from which pods to run.")]
    public PodAntiAffinity? PodAntiAffinity { get; init; }
}

public sealed record NodeAffinity
{
    [Doc("Nice to have when the pod is placed.")]
    public IReadOnlyList<PreferredSchedulingTerm>? PreferredDuringSchedulingIgnoredDuringExecution { get; init; }

    [Doc("Must hold when the pod is placed.")]
    public NodeSelector? RequiredDuringSchedulingIgnoredDuringExecution { get; init; }
}

public sealed record PodAffinity
{
    [Doc("Nice to have when the pod is placed.")]
    public IReadOnlyList<WeightedPodAffinityTerm>? PreferredDuringSchedulingIgnoredDuringExecution { get; init; }

    [Doc("Must hold when the pod is placed.")]
    public IReadOnlyList<PodAffinityTerm>? RequiredDuringSchedulingIgnoredDuringExecution { get; init; }
}

public sealed record PodAntiAffinity
{
    [Doc("Nice to have when the pod is placed.")]
    public IReadOnlyList<WeightedPodAffinityTerm>? PreferredDuringSchedulingIgnoredDuringExecution { get; init; }

    [Doc("Must hold when the pod is placed.")]
    public IReadOnlyList<PodAffinityTerm>? RequiredDuringSchedulingIgnoredDuringExecution { get; init; }
}

public sealed record PreferredSchedulingTerm
{
    [Required]
    public NodeSelectorTerm? Preference { get; init; }

    [Doc("How much this preference counts.")]
    [Required]
    public int? Weight { get; init; }
}

public sealed record WeightedPodAffinityTerm
{
    [Required]
    public PodAffinityTerm? PodAffinityTerm { get; init; }

    [Doc("How much this preference counts.")]
    [Required]
    public int? Weight { get; init; }
}

public sealed record PodAffinityTerm
{
    [Doc("Picks objects by their labels.")]
    public LabelSelector? LabelSelector { get; init; }

    public IReadOnlyList<string>? MatchLabelKeys { get; init; }
    public IReadOnlyList<string>? MismatchLabelKeys { get; init; }

    [Doc("Picks namespaces by their labels.")]
    public LabelSelector? NamespaceSelector { get; init; }

    public IReadOnlyList<string>? Namespaces { get; init; }

    [Doc("The node label whose values are the places to tell apart.")]
    [Required]
    public string? TopologyKey { get; init; }
}
