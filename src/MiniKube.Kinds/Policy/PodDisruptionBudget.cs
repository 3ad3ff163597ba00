using MiniKube.Kinds.Meta;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Policy;

[Doc("How many pods of a set voluntary evictions must leave alone.")]
[Kind("policy", "v1", "poddisruptionbudgets", Short = "pdb", Generation = true)]
[Subresource("status")]
public sealed record PodDisruptionBudget : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public PodDisruptionBudgetSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public PodDisruptionBudgetStatus? Status { get; init; }
}

public sealed record PodDisruptionBudgetSpec
{
    [Doc("How many pods may be unavailable, as a count or percentage.")]
    public IntOrString? MaxUnavailable { get; init; }

    [Doc("How many pods must stay available, as a count or percentage.")]
    public IntOrString? MinAvailable { get; init; }

    public LabelSelector? Selector { get; init; }

    [Allowed("AlwaysAllow", "IfHealthyBudget")]
    public string? UnhealthyPodEvictionPolicy { get; init; }
}

public sealed record PodDisruptionBudgetStatus
{
    [Doc("Observed aspects of the object's state.")]
    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    [Doc("Healthy pods.")]
    [Zero]
    public int? CurrentHealthy { get; init; }

    [Doc("How many must stay healthy.")]
    [Zero]
    public int? DesiredHealthy { get; init; }

    public IReadOnlyDictionary<string, DateTimeOffset>? DisruptedPods { get; init; }

    [Doc("How many pods may be evicted now.")]
    [Zero]
    public int? DisruptionsAllowed { get; init; }

    [Doc("Pods that the budget counts.")]
    [Zero]
    public int? ExpectedPods { get; init; }

    [Doc("The generation that this status was computed for.")]
    [OmitZero]
    public long? ObservedGeneration { get; init; }
}
