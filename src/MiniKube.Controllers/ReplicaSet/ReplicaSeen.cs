using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>A ReplicaSet or ReplicationController with everything that its decision takes into account.</summary>
public sealed record ReplicaSeen(
    Item Owner,
    Selector Selector,
    int Replicas,
    int MinReadySeconds,
    JsonMap Template,
    IReadOnlyList<Item<Pod>> Owned,
    IReadOnlyList<Item<Pod>> Orphans,
    DateTimeOffset Now,
    ApiError? LastFailure = null)
{
    /// <summary>Pods of the same application under other owners, for the ranking; asked for only when there is something to delete.</summary>
    public Func<IEnumerable<Item<Pod>>>? Siblings { get; init; }
}

/// <summary>What ReplicaSets and ReplicationControllers count.</summary>
public sealed record ReplicaCounts(int Replicas, int FullyLabeled, int Ready, int Available, int Terminating, string? Failure, string? FailureMessage);
