using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

[Doc("Upper bounds on what a namespace may use in total.")]
[Kind("", "v1", "resourcequotas", Short = "quota")]
[Subresource("status")]
public sealed record ResourceQuota : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public ResourceQuotaSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public ResourceQuotaStatus? Status { get; init; }
}

public sealed record ResourceQuotaSpec
{
    [Doc("The upper bounds.")]
    public IReadOnlyDictionary<string, Quantity>? Hard { get; init; }

    [Doc("Which objects count.")]
    public ScopeSelector? ScopeSelector { get; init; }

    [Doc("Which objects count.")]
    public IReadOnlyList<string>? Scopes { get; init; }
}

public sealed record ResourceQuotaStatus
{
    [Doc("The upper bounds.")]
    public IReadOnlyDictionary<string, Quantity>? Hard { get; init; }

    [Doc("What is used now.")]
    public IReadOnlyDictionary<string, Quantity>? Used { get; init; }
}

[AtomicMap]
public sealed record ScopeSelector
{
    [Doc("Conditions; all must hold.")]
    public IReadOnlyList<ScopedResourceSelectorRequirement>? MatchExpressions { get; init; }
}

public sealed record ScopedResourceSelectorRequirement
{
    [Required, Allowed("DoesNotExist", "Exists", "In", "NotIn")]
    public string? Operator { get; init; }

    [Required]
    [Allowed("BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating", "VolumeAttributesClass")]
    public string? ScopeName { get; init; }

    public IReadOnlyList<string>? Values { get; init; }
}
