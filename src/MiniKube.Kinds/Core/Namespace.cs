namespace MiniKube.Kinds.Core;

[Doc("A scope for names, access rules and quotas.")]
[Kind("", "v1", "namespaces", ClusterScoped = true, Short = "ns", Verbs = "create delete get list patch update watch")]
[Subresource("finalize", "update")]
[Subresource("status")]
public sealed record Namespace : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public NamespaceSpec? Spec { get; init; }

    [Doc("The observed state, written by the system.")]
    [Zero]
    public NamespaceStatus? Status { get; init; }
}

public sealed record NamespaceSpec
{
    [Doc("Must be emptied before the namespace goes away.")]
    public IReadOnlyList<string>? Finalizers { get; init; }
}

public sealed record NamespaceStatus
{
    [Doc("Observed aspects of the object's state.")]
    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<NamespaceCondition>? Conditions { get; init; }

    [Default("Active"), Allowed("Active", "Terminating")]
    public string? Phase { get; init; }
}

public sealed record NamespaceCondition
{
    [Doc("When the status last changed.")]
    [Zero]
    public DateTimeOffset? LastTransitionTime { get; init; }

    public string? Message { get; init; }
    public string? Reason { get; init; }

    [Doc("The observed state, written by the system.")]
    [Required, Zero]
    public string? Status { get; init; }

    [Required, Zero]
    public string? Type { get; init; }
}
