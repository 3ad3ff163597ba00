using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>The directories of local-path volumes, wherever their nodes are.</summary>
public interface ILocalDirectories
{
    /// <summary>Null when the directory is gone, also when it was gone before; else why it isn't.</summary>
    ValueTask<string?> Clear(string node, string directory, CancellationToken cancel);
}

/// <summary>A volume that nobody holds any more. Fault: why its directory is still there.</summary>
public sealed record LocalRemainsSeen(Item<PersistentVolume> Volume, string? Fault);

/// <summary>
/// What was made for a claim goes when the claim is gone, the data first. Clearing is part of the look: done twice it is done once, and
/// the declaration goes only when there is nothing left to look at.
/// </summary>
public sealed class LocalPathRemoval(Caches caches, ILocalDirectories directories) : FreshController<LocalRemainsSeen>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Cache<PersistentVolume> volumes = caches.Of<PersistentVolume>();
    private readonly Cache<Node> nodes = caches.Of<Node>();

    public override string Name => "local-path-removal";
    public override string Account => LocalPath.Account;

    public override void Watch(Triggers triggers)
    {
        triggers.On(volumes, c => c.New is { } volume && volume.IsLocalPath() ? [volume.Key] : []);
        triggers.Reads(nodes);
    }

    protected override async ValueTask<LocalRemainsSeen?> Observe(Turn turn, CancellationToken cancel)
    {
        if (volumes.Get(turn.Key) is not { } volume || !volume.IsLocalPath() || !IsOver(volume)) return null;
        var clears = volume.Value.Spec?.PersistentVolumeReclaimPolicy == "Delete";
        // A node that is gone has taken its disk along.
        if (!clears || LocalPath.Directory(volume) is not { } directory || volume.Meta.Annotation(LocalPath.NodeAnnotation) is not { } node || nodes.Get("", node) is null) return new(volume, null);
        return new(volume, await directories.Clear(node, directory, cancel));
    }

    protected override Plan For(LocalRemainsSeen seen) => PlanFor(seen);

    public static Plan PlanFor(LocalRemainsSeen seen)
    {
        var volume = seen.Volume;
        if (seen.Fault is { } fault) return Plan.Of(new PlanAction.Emit(volume.Ref, "Warning", "VolumeFailedDelete", fault)).Recheck(Patience);
        // Marked first, then let go: what holds it otherwise has its own time.
        if (!volume.BeingDeleted) return Plan.Of(new PlanAction.Delete(volume.Type.Ref, null, volume.Name, volume.Uid, volume.Meta.ResourceVersion));
        return !volume.Meta.Finalizers.Contains(LocalPath.Finalizer) ? Plan.Nothing : Plan.Of(new PlanAction.Patch(volume.Type.Ref, null, volume.Name, volume.Uid, volume.Meta.ResourceVersion,
            new JsonMap { { "metadata", new JsonMap { { "finalizers", JsonList.OfTexts(volume.Meta.Finalizers.Where(f => f != LocalPath.Finalizer)) } } } }));
    }

    /// <summary>Released and to be deleted, or deleted by somebody while no claim has it.</summary>
    private static bool IsOver(Item<PersistentVolume> volume) => volume.Value.Status?.Phase switch
    {
        "Bound" => false,
        "Released" or "Failed" when volume.Value.Spec?.PersistentVolumeReclaimPolicy == "Delete" => true,
        _ => volume.BeingDeleted,
    };
}
