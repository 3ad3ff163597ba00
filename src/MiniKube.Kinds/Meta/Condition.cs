namespace MiniKube.Kinds.Meta;

[Doc("One observed aspect of an object's state.")]
public sealed record Condition
{
    [Doc("When the status last changed.")]
    [Required, Zero]
    public DateTimeOffset? LastTransitionTime { get; init; }

    [Required, Zero]
    public string? Message { get; init; }

    [Doc("The generation that this status was computed for.")]
    [OmitZero]
    public long? ObservedGeneration { get; init; }

    [Required, Zero]
    public string? Reason { get; init; }

    [Doc("The observed state, written by the system.")]
    [Required, Zero]
    public string? Status { get; init; }

    [Required, Zero]
    public string? Type { get; init; }
}
