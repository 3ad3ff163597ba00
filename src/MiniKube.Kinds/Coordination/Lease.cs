namespace MiniKube.Kinds.Coordination;

[Doc("A time-limited claim: leader election and node heartbeats.")]
[Kind("coordination.k8s.io", "v1", "leases")]
public sealed record Lease : KubeObject
{
    [Doc("The desired state.")]
    [Zero]
    public LeaseSpec? Spec { get; init; }
}

public sealed record LeaseSpec
{
    [MicroTime]
    public DateTimeOffset? AcquireTime { get; init; }

    [KeepEmpty]
    public string? HolderIdentity { get; init; }

    public int? LeaseDurationSeconds { get; init; }
    public int? LeaseTransitions { get; init; }

    [KeepEmpty]
    public string? PreferredHolder { get; init; }

    [MicroTime]
    public DateTimeOffset? RenewTime { get; init; }

    [KeepEmpty]
    public string? Strategy { get; init; }
}
