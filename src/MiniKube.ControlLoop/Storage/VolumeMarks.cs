using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.ControlLoop;

/// <summary>The annotations by which those who deal with volumes tell each other how far they have come.</summary>
public static class VolumeMarks
{
    public const string BindCompleted = "pv.kubernetes.io/bind-completed";
    public const string BoundByController = "pv.kubernetes.io/bound-by-controller";
    public const string ProvisionedBy = "pv.kubernetes.io/provisioned-by";
    public const string SelectedNode = "volume.kubernetes.io/selected-node";
    public const string Provisioner = "volume.kubernetes.io/storage-provisioner";
    public const string OldProvisioner = "volume.beta.kubernetes.io/storage-provisioner";

    /// <summary>Makes the volume the claim's, for everybody to see; null where it is that already.</summary>
    public static PlanAction? Promise(Item<PersistentVolume> volume, Item<PersistentVolumeClaim> claim)
    {
        if (volume.Value.Spec?.ClaimRef?.Uid == claim.Uid && volume.IsPromisedTo(claim)) return null;
        var body = new JsonMap();
        // Who promised it himself gets it as he said; everybody else can have it back.
        if (!volume.IsPromisedTo(claim)) body.Add("metadata", new JsonMap { { "annotations", new JsonMap { { BoundByController, "yes" } } } });
        body.Add("spec", new JsonMap { { "claimRef", Reference(claim) } });
        return new PlanAction.Patch(volume.Type.Ref, null, volume.Name, volume.Uid, volume.Meta.ResourceVersion, body);
    }

    public static JsonMap Reference(Item<PersistentVolumeClaim> claim) => new()
    {
        { "kind", "PersistentVolumeClaim" }, { "apiVersion", "v1" }, { "namespace", claim.Namespace }, { "name", claim.Name },
        { "uid", claim.Uid }, { "resourceVersion", claim.Meta.ResourceVersion },
    };

    public static bool IsDefault(Item storageClass) => storageClass.Meta.Annotation("storageclass.kubernetes.io/is-default-class") == "true" ||
        storageClass.Meta.Annotation("storageclass.beta.kubernetes.io/is-default-class") == "true";
}
