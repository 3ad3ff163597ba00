namespace MiniKube.Kinds.Scheduling;

[Doc("A name for an importance of pods.")]
[Kind("scheduling.k8s.io", "v1", "priorityclasses", ClusterScoped = true, Short = "pc", Generation = true)]
public sealed record PriorityClass : KubeObject
{
    public string? Description { get; init; }

    [Doc("Whether pods without a class get this one.")]
    [OmitZero]
    public bool? GlobalDefault { get; init; }

    [Doc("Whether less important pods may be ended to make room.")]
    [Default("PreemptLowerPriority"), Allowed("Never", "PreemptLowerPriority")]
    public string? PreemptionPolicy { get; init; }

    [Zero, Immutable]
    public int? Value { get; init; }
}
