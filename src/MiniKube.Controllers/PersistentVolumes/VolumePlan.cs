using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>A volume and the very claim it is promised to, if that is still there.</summary>
public sealed record VolumeSeen(Item<PersistentVolume> Volume, Item<PersistentVolumeClaim>? Claim, DateTimeOffset Now)
{
    public PersistentVolumeSpec Spec { get; } = Volume.Value.Spec ?? new();
    public PersistentVolumeStatus Status { get; } = Volume.Value.Status ?? new();

    /// <summary>Nobody could say whether the claim is there.</summary>
    public bool Unclear { get; init; }
}

/// <summary>What a volume is to those who look at it, and what becomes of it without its claim.</summary>
public static class VolumePlan
{
    public static Plan For(VolumeSeen seen)
    {
        // A promise without a uid is one to a name: the claim comes and takes it.
        if (seen.Unclear) return Plan.Recheck(TimeSpan.FromSeconds(1));
        if (seen.Spec.ClaimRef?.Uid is null or "") return Plan.Of(Phase(seen, "Available"));
        if (seen.Claim is not { } claim) return Released(seen);
        if (claim.Value.Spec?.VolumeName is not { Length: > 0 } bound)
        {
            return seen.Volume.SameMode(claim) ? Plan.Nothing : Plan.Of(
                new PlanAction.Emit(seen.Volume.Ref, "Warning", "VolumeMismatch", $"Cannot bind PersistentVolume to requested PersistentVolumeClaim \"{claim.Name}\" due to incompatible volumeMode."),
                new PlanAction.Emit(claim.Ref, "Warning", "VolumeMismatch", $"Cannot bind PersistentVolume \"{seen.Volume.Name}\" to requested PersistentVolumeClaim due to incompatible volumeMode."));
        }
        if (bound == seen.Volume.Name) return Plan.Of(Phase(seen, "Bound"));
        // The claim has another one. What was made for it is of no use to anybody else.
        return seen.Volume.Meta.Annotation(VolumeMarks.ProvisionedBy) is not null && seen.Spec.PersistentVolumeReclaimPolicy == "Delete" ? Released(seen) : TakenBack(seen);
    }

    private static Plan Released(VolumeSeen seen)
    {
        // What failed stays to be seen.
        if (Fault(seen) is var (reason, message))
        {
            return seen.Status.Phase == "Failed" ? Plan.Nothing
                : Plan.Of([.. Phase(seen, "Failed", message), new PlanAction.Emit(seen.Volume.Ref, "Warning", reason, message)]);
        }
        return Plan.Of(seen.Status.Phase == "Failed" ? [] : Phase(seen, "Released"));
    }

    /// <summary>Why a volume can't be used again or be done away with, as its policy wants it. Who made a volume does away with it.</summary>
    private static (string Reason, string Message)? Fault(VolumeSeen seen) => seen.Spec.PersistentVolumeReclaimPolicy switch
    {
        "Recycle" => ("VolumeFailedRecycle", "No recycler plugin found for the volume!"),
        "Delete" when seen.Volume.Meta.Annotation(VolumeMarks.ProvisionedBy) is not { } maker || maker.StartsWith("kubernetes.io/", StringComparison.Ordinal) =>
            ("VolumeFailedDelete", $"error getting deleter volume plugin for volume \"{seen.Volume.Name}\": no deletable volume plugin matched"),
        _ => null,
    };

    private static Plan TakenBack(VolumeSeen seen)
    {
        var ours = seen.Volume.Meta.Annotation(VolumeMarks.BoundByController) is not null;
        var body = ours
            ? new JsonMap { { "metadata", new JsonMap { { "annotations", new JsonMap { { VolumeMarks.BoundByController, Json.Null } } } } }, { "spec", new JsonMap { { "claimRef", Json.Null } } } }
            : new JsonMap { { "spec", new JsonMap { { "claimRef", new JsonMap { { "uid", Json.Null } } } } } };
        return Plan.Of([new PlanAction.Patch(seen.Volume.Type.Ref, null, seen.Volume.Name, seen.Volume.Uid, seen.Volume.Meta.ResourceVersion, body), .. Phase(seen, "Available")]);
    }

    private static IEnumerable<PlanAction> Phase(VolumeSeen seen, string phase, string? message = null) => seen.Status.Phase == phase ? []
        : StatusChange.To(seen.Volume, seen.Status with { Phase = phase, Message = message, LastPhaseTransitionTime = seen.Now });
}
