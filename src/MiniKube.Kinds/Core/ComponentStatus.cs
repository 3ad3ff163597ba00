namespace MiniKube.Kinds.Core;

[Doc("Health of a control-plane component, read-only and deprecated.")]
[Kind("", "v1", "componentstatuses", ClusterScoped = true, Short = "cs", Verbs = "get list")]
public sealed record ComponentStatus : KubeObject
{
    [Doc("Observed aspects of the object's state.")]
    [ListMap("type"), PatchMerge("type")]
    public IReadOnlyList<ComponentCondition>? Conditions { get; init; }
}

public sealed record ComponentCondition
{
    public string? Error { get; init; }
    public string? Message { get; init; }

    [Doc("The observed state, written by the system.")]
    [Required, Zero]
    public string? Status { get; init; }

    [Required, Zero]
    public string? Type { get; init; }
}
