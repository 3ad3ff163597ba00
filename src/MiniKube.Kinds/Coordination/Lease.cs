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
    [Doc("When the lease was taken.")]
    [MicroTime]
    public DateTimeOffset? AcquireTime { get; init; }

    [Doc("Who holds the lease.")]
    [KeepEmpty]
    public string? HolderIdentity { get; init; }

    [Doc("How long the lease lasts without renewal.")]
    public int? LeaseDurationSeconds { get; init; }

    [Doc("How often the lease changed hands.")]
    public int? LeaseTransitions { get; init; }

    [KeepEmpty]
    public string? PreferredHolder { get; init; }

    [Doc("When the holder last renewed it.")]
    [MicroTime]
    public DateTimeOffset? RenewTime { get; init; }

    [KeepEmpty]
    public string? Strategy { get; init; }
}
