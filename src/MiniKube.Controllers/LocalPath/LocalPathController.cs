using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Storage;

namespace MiniKube.Controllers;

/// <summary>Makes volumes for the claims of local-path classes, and lets them grow.</summary>
public sealed class LocalPathController(Caches caches, string directory) : Controller<LocalClaimSeen>
{
    private readonly Cache<PersistentVolumeClaim> claims = caches.Of<PersistentVolumeClaim>();
    private readonly Cache<PersistentVolume> volumes = caches.Of<PersistentVolume>();
    private readonly Cache<StorageClass> classes = caches.Of<StorageClass>();
    private readonly Cache<Node> nodes = caches.Of<Node>();

    public override string Name => "local-path-provisioner";
    public override string Account => LocalPath.Account;

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(claims);
        // A volume that was to be made again, and claims that found no node.
        triggers.On(volumes, c => c.New is null && c.Old!.IsLocalPath() && c.Old!.Value.Spec?.ClaimRef is { Name: { } name } claim ? [new(claim.Namespace ?? "", name)] : []);
        triggers.On(nodes, c => c.Old is null || c.New is null || IsReady(c.Old) != IsReady(c.New) ? claims.All().Where(IsWaiting).Select(claim => claim.Key) : []);
        triggers.Reads(classes);
    }

    protected override LocalClaimSeen? Observe(Turn turn)
    {
        if (claims.Get(turn.Key) is not { BeingDeleted: false } claim || classes.Get("", claim.Class()) is not { } found || found.Value.Provisioner != LocalPath.Provisioner) return null;
        var made = volumes.Get("", claim.Value.Spec?.VolumeName is { Length: > 0 } name ? name : $"pvc-{claim.Uid}");
        var node = claim.Meta.Annotation(VolumeMarks.SelectedNode) is { } selected ? nodes.Get("", selected)
            : nodes.All().Where(n => n.Value.Spec?.Unschedulable != true && IsReady(n)).MinBy(n => n.Name, StringComparer.Ordinal);
        return new(claim, found, made, node, directory);
    }

    protected override Plan For(LocalClaimSeen seen) => LocalPathPlan.For(seen);

    private static bool IsWaiting(Item<PersistentVolumeClaim> claim) =>
        claim.Value.Spec?.VolumeName is null or "" && claim.Meta.Annotation(VolumeMarks.Provisioner) == LocalPath.Provisioner;

    private static bool IsReady(Item<Node> node) => node.Value.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) == true;
}
