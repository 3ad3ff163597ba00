namespace MiniKube.Kinds.Scheduling;

[Doc("A name for an importance of pods.")]
[Kind("scheduling.k8s.io", "v1", "priorityclasses", ClusterScoped = true, Short = "pc", Generation = true)]
public sealed record PriorityClass : KubeObject
{
    public string? Description { get; init; }

    [OmitZero]
    public bool? GlobalDefault { get; init; }

    [Default("PreemptLowerPriority"), Allowed("Never", "PreemptLowerPriority")]
    public string? PreemptionPolicy { get; init; }

    [Zero, Immutable]
    public int? Value { get; init; }
}
