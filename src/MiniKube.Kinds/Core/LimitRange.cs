using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

[Doc("Bounds and defaults for resources of pods, containers and claims in a namespace.")]
[Kind("", "v1", "limitranges", Short = "limits")]
public sealed record LimitRange : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public LimitRangeSpec? Spec { get; init; }
}

public sealed record LimitRangeSpec
{
    [Required]
    public IReadOnlyList<LimitRangeItem>? Limits { get; init; }
}

public sealed record LimitRangeItem
{
    public IReadOnlyDictionary<string, Quantity>? Default { get; init; }
    public IReadOnlyDictionary<string, Quantity>? DefaultRequest { get; init; }
    public IReadOnlyDictionary<string, Quantity>? Max { get; init; }
    public IReadOnlyDictionary<string, Quantity>? MaxLimitRequestRatio { get; init; }
    public IReadOnlyDictionary<string, Quantity>? Min { get; init; }

    [Required]
    public string? Type { get; init; }
}
