using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Storage;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>A claim of a local-path class. Made is the volume that was made for it or that it is bound to.</summary>
public sealed record LocalClaimSeen(Item<PersistentVolumeClaim> Claim, Item<StorageClass> Class, Item<PersistentVolume>? Made, Item<Node>? Node, string Directory);

/// <summary>A claim of a local-path class gets a directory of the node that its pod goes to. The directory itself is made by the node that mounts it.</summary>
public static class LocalPathPlan
{
    public static Plan For(LocalClaimSeen seen)
    {
        var claim = seen.Claim;
        if (seen.Made is { } made) return Grown(claim, made);
        if (claim.Value.Spec?.VolumeName is { Length: > 0 } || claim.Meta.Annotation(VolumeMarks.Provisioner) != LocalPath.Provisioner) return Plan.Nothing;
        var selected = claim.Meta.Annotation(VolumeMarks.SelectedNode);
        if (selected is null && seen.Class.Value.VolumeBindingMode == "WaitForFirstConsumer") return Plan.Nothing;
        if (Refusal(claim) is { } why) return Plan.Of(Tell(claim, "Warning", "ProvisioningFailed", $"failed to provision volume with StorageClass \"{seen.Class.Name}\": {why}"));
        if (seen.Node is { } node) return Plan.Of(Tell(claim, "Normal", "Provisioning", $"External provisioner is provisioning volume for claim \"{claim.Key}\""), Make(seen, node));
        // The node that the pod was to go to is gone: its scheduler looks for another.
        return selected is null
            ? Plan.Of(Tell(claim, "Warning", "ProvisioningFailed", $"failed to provision volume with StorageClass \"{seen.Class.Name}\": no node is ready to take it"))
            : Plan.Of(new PlanAction.Patch(claim.Type.Ref, claim.Namespace, claim.Name, claim.Uid, claim.Meta.ResourceVersion,
                new JsonMap { { "metadata", new JsonMap { { "annotations", new JsonMap { { VolumeMarks.SelectedNode, Json.Null } } } } } }),
                Tell(claim, "Warning", "ProvisioningFailed", $"failed to get target node: nodes \"{selected}\" not found"));
    }

    private static string? Refusal(Item<PersistentVolumeClaim> claim) => claim.Value.Spec switch
    {
        { Selector: not null } => "claim.Spec.Selector is not supported",
        { VolumeMode: "Block" } => $"{LocalPath.Provisioner} does not support block volume provisioning",
        { DataSource: not null } or { DataSourceRef: not null } => "data sources are not supported",
        _ => null,
    };

    private static PlanAction Make(LocalClaimSeen seen, Item<Node> node)
    {
        var (claim, spec) = (seen.Claim, seen.Claim.Value.Spec ?? new());
        var name = $"pvc-{claim.Uid}";
        var directory = seen.Class.Value.Parameters?.GetValueOrDefault("nodePath") ?? seen.Directory;
        var volume = new JsonMap
        {
            { "apiVersion", "v1" }, { "kind", "PersistentVolume" },
            {
                "metadata", new JsonMap
                {
                    { "name", name },
                    { "annotations", new JsonMap { { VolumeMarks.ProvisionedBy, LocalPath.Provisioner }, { LocalPath.NodeAnnotation, node.Name } } },
                    { "finalizers", JsonList.OfTexts([LocalPath.Finalizer]) },
                }
            },
            {
                "spec", new JsonMap
                {
                    { "accessModes", JsonList.OfTexts(spec.AccessModes ?? []) },
                    { "capacity", new JsonMap { { "storage", claim.Size().ToString() } } },
                    { "claimRef", VolumeMarks.Reference(claim) },
                    { "local", new JsonMap { { "path", $"{directory.TrimEnd('/')}/{name}_{claim.Namespace}_{claim.Name}" } } },
                    { "nodeAffinity", OnlyOn(node) },
                    { "persistentVolumeReclaimPolicy", seen.Class.Value.ReclaimPolicy ?? "Delete" },
                    { "storageClassName", seen.Class.Name },
                    { "volumeMode", "Filesystem" },
                }
            },
        };
        if (seen.Class.Value.MountOptions is { Count: > 0 } options) volume.Map("spec")!.Set("mountOptions", JsonList.OfTexts(options));
        return new PlanAction.Create(Resources.RefOf<PersistentVolume>(), null, volume)
        {
            Announce = new(claim.Ref)
            {
                Done = ("ProvisioningSucceeded", $"Successfully provisioned volume {name}"),
                Failed = ("ProvisioningFailed", $"failed to provision volume with StorageClass \"{seen.Class.Name}\": {{error}}"),
            },
        };
    }

    private static JsonMap OnlyOn(Item<Node> node) => new()
    {
        {
            "required", new JsonMap
            {
                {
                    "nodeSelectorTerms", JsonList.Of(new JsonMap
                    {
                        {
                            "matchExpressions", JsonList.Of(new JsonMap
                            {
                                { "key", "kubernetes.io/hostname" }, { "operator", "In" }, { "values", JsonList.OfTexts([node.Meta.Label("kubernetes.io/hostname") ?? node.Name]) },
                            })
                        },
                    })
                },
            }
        },
    };

    /// <summary>A directory has room for whatever the disk has: growing is saying so, in the volume first.</summary>
    private static Plan Grown(Item<PersistentVolumeClaim> claim, Item<PersistentVolume> volume)
    {
        var (wanted, status) = (claim.Size(), claim.Value.Status ?? new());
        if (status.Phase != "Bound" || claim.Value.Spec?.VolumeName != volume.Name || !volume.IsLocalPath()) return Plan.Nothing;
        var told = status.Capacity?.TryGetValue("storage", out var capacity) == true ? capacity : Quantity.Zero;
        if (wanted <= volume.Size() && told >= volume.Size()) return Plan.Nothing;
        var size = wanted > volume.Size() ? wanted : volume.Size();
        var actions = new List<PlanAction>();
        if (size != volume.Size())
        {
            actions.Add(Tell(claim, "Normal", "Resizing", $"External resizer is resizing volume {volume.Name}"));
            actions.Add(new PlanAction.Patch(volume.Type.Ref, null, volume.Name, volume.Uid, volume.Meta.ResourceVersion,
                new JsonMap { { "spec", new JsonMap { { "capacity", new JsonMap { { "storage", size.ToString() } } } } } }));
        }
        actions.AddRange(StatusChange.To(claim, status with { Capacity = new Dictionary<string, Quantity> { ["storage"] = size } }));
        actions.Add(Tell(claim, "Normal", "VolumeResizeSuccessful", "Resize volume succeeded"));
        return Plan.Of(actions);
    }

    private static PlanAction Tell(Item<PersistentVolumeClaim> claim, string type, string reason, string message) => new PlanAction.Emit(claim.Ref, type, reason, message);
}
