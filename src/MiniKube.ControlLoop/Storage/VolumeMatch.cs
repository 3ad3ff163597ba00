using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.ControlLoop;

/// <summary>Which volume suits which claim: one answer for who binds them and for who chooses a node by them.</summary>
public static class VolumeMatch
{
    // Before there was a field.
    private const string ClassAnnotation = "volume.beta.kubernetes.io/storage-class";

    public static string Class(this Item<PersistentVolumeClaim> claim) => claim.Meta.Annotation(ClassAnnotation) ?? claim.Value.Spec?.StorageClassName ?? "";

    public static string Class(this Item<PersistentVolume> volume) => volume.Meta.Annotation(ClassAnnotation) ?? volume.Value.Spec?.StorageClassName ?? "";

    /// <summary>Neither a class nor the wish for none: the default class is its class as soon as there is one.</summary>
    public static bool AwaitsDefaultClass(this Item<PersistentVolumeClaim> claim) =>
        claim.Value.Spec?.StorageClassName is null && claim.Meta.Annotation(ClassAnnotation) is null;

    public static Quantity Size(this Item<PersistentVolumeClaim> claim) =>
        claim.Value.Spec?.Resources?.Requests?.TryGetValue("storage", out var size) == true ? size : Quantity.Zero;

    public static Quantity Size(this Item<PersistentVolume> volume) =>
        volume.Value.Spec?.Capacity?.TryGetValue("storage", out var size) == true ? size : Quantity.Zero;

    /// <summary>The volume names this very claim, or its name for whoever comes by it.</summary>
    public static bool IsPromisedTo(this Item<PersistentVolume> volume, Item<PersistentVolumeClaim> claim) => volume.Value.Spec?.ClaimRef is { } promised &&
        promised.Namespace == claim.Namespace && promised.Name == claim.Name && (promised.Uid is null or "" || promised.Uid == claim.Uid);

    /// <summary>What even a promised volume has to be.</summary>
    public static bool CanServe(this Item<PersistentVolume> volume, Item<PersistentVolumeClaim> claim) =>
        !volume.BeingDeleted && SameMode(volume, claim) && volume.Size() >= claim.Size() &&
        (claim.Value.Spec?.VolumeAttributesClassName ?? "") == (volume.Value.Spec?.VolumeAttributesClassName ?? "");

    /// <summary>Nobody's yet, and all that the claim asks for.</summary>
    public static bool IsFreeFor(this Item<PersistentVolume> volume, Item<PersistentVolumeClaim> claim) =>
        volume.Value.Spec?.ClaimRef is null && volume.Value.Status?.Phase == "Available" && volume.Class() == claim.Class() && HasModes(volume, claim) &&
        (claim.Value.Spec?.Selector is not { } selector || selector.Parsed().Matches(volume.Meta.Labels));

    /// <summary>Why a volume that a claim asks for by name can't be its own, or null.</summary>
    public static string? Mismatch(this Item<PersistentVolume> volume, Item<PersistentVolumeClaim> claim)
    {
        if (volume.BeingDeleted) return $"the volume is marked for deletion \"{volume.Name}\"";
        if (volume.Size() < claim.Size()) return "requested PV is too small";
        if (volume.Class() != claim.Class()) return "storageClassName does not match";
        if (!SameMode(volume, claim)) return "incompatible volumeMode";
        return HasModes(volume, claim) ? null : "incompatible accessMode";
    }

    public static bool SameMode(this Item<PersistentVolume> volume, Item<PersistentVolumeClaim> claim) =>
        (claim.Value.Spec?.VolumeMode ?? "Filesystem") == (volume.Value.Spec?.VolumeMode ?? "Filesystem");

    private static bool HasModes(Item<PersistentVolume> volume, Item<PersistentVolumeClaim> claim) =>
        (claim.Value.Spec?.AccessModes ?? []).All(m => volume.Value.Spec?.AccessModes?.Contains(m) == true);
}
