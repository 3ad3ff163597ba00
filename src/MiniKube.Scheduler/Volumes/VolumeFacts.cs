using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Storage;

namespace MiniKube.Scheduler;

/// <summary>What is known of claims and volumes: caches here, fixed lists in tests.</summary>
public sealed record VolumeFacts
{
    public static readonly VolumeFacts None = new();

    public Func<string, string, Item<PersistentVolumeClaim>?> Claim { get; init; } = (_, _) => null;
    public Func<string, Item<PersistentVolume>?> Volume { get; init; } = _ => null;
    public Func<string, Item<StorageClass>?> Class { get; init; } = _ => null;
    public Func<string, IEnumerable<Item<PersistentVolume>>> OfClass { get; init; } = _ => [];

    /// <summary>The drivers on a node, by the node's name.</summary>
    public Func<string, Item<CSINode>?> Drivers { get; init; } = _ => null;

    /// <summary>What is being attached to a node, whether or not a pod there says so.</summary>
    public Func<string, IEnumerable<Item<VolumeAttachment>>> Attachments { get; init; } = _ => [];

    public Func<string, Item<CSIDriver>?> Driver { get; init; } = _ => null;
    public Func<string, IEnumerable<Item<CSIStorageCapacity>>> Capacities { get; init; } = _ => [];
}
