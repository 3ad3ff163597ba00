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
    public IntOrString? MaxUnavailable { get; init; }
    public IntOrString? MinAvailable { get; init; }
    public LabelSelector? Selector { get; init; }

    [Allowed("AlwaysAllow", "IfHealthyBudget")]
    public string? UnhealthyPodEvictionPolicy { get; init; }
}

public sealed record PodDisruptionBudgetStatus
{
    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    [Zero]
    public int? CurrentHealthy { get; init; }

    [Zero]
    public int? DesiredHealthy { get; init; }

    public IReadOnlyDictionary<string, DateTimeOffset>? DisruptedPods { get; init; }

    [Zero]
    public int? DisruptionsAllowed { get; init; }

    [Zero]
    public int? ExpectedPods { get; init; }

    [OmitZero]
    public long? ObservedGeneration { get; init; }
}
