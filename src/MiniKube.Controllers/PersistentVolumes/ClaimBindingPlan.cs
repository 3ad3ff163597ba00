using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Storage;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>A claim and what it could be bound to: Named is the volume it names itself, Candidates are those of its class and those promised to it.</summary>
public sealed record ClaimSeen(Item<PersistentVolumeClaim> Claim, Item<StorageClass>? Class, string? DefaultClass, Item<PersistentVolume>? Named,
    IReadOnlyList<Item<PersistentVolume>> Candidates, IReadOnlyList<string> WaitingPods)
{
    public PersistentVolumeClaimSpec Spec { get; } = Claim.Value.Spec ?? new();
    public PersistentVolumeClaimStatus Status { get; } = Claim.Value.Status ?? new();

    /// <summary>A pod must have been given its node first, so that the volume is where the pod is.</summary>
    public bool WaitsForNode => Class?.Value.VolumeBindingMode == "WaitForFirstConsumer" && Claim.Meta.Annotation(VolumeMarks.SelectedNode) is null;
}

/// <summary>One step of a claim on its way to a volume. What was bound once is never bound to anything else: it is bound or lost.</summary>
public static class ClaimBindingPlan
{
    public static Plan For(ClaimSeen seen) => seen.Claim.Meta.Annotation(VolumeMarks.BindCompleted) is null ? Unbound(seen) : Bound(seen);

    private static Plan Unbound(ClaimSeen seen)
    {
        if (seen.Spec.VolumeName is { Length: > 0 }) return ByName(seen);
        if (seen.DefaultClass is { } name && seen.Claim.AwaitsDefaultClass()) return Plan.Of(Patch(seen, new JsonMap { { "spec", new JsonMap { { "storageClassName", name } } } }));
        return Best(seen) is { } volume ? Bind(seen, volume) : Plan.Of([.. NothingSuits(seen), .. Pending(seen)]);
    }

    private static Plan ByName(ClaimSeen seen)
    {
        if (seen.Named is not { } volume) return Plan.Of(Pending(seen));
        if (volume.IsPromisedTo(seen.Claim)) return Bind(seen, volume);
        var fault = volume.Value.Spec?.ClaimRef is null ? volume.Mismatch(seen.Claim) : null;
        if (fault is not null) return Plan.Of([Tell(seen, "Warning", "VolumeMismatch", $"Cannot bind to requested volume \"{volume.Name}\": {fault}"), .. Pending(seen)]);
        return volume.Value.Spec?.ClaimRef is null ? Bind(seen, volume)
            : Plan.Of([Tell(seen, "Warning", "FailedBinding", $"volume \"{volume.Name}\" already bound to a different claim."), .. Pending(seen)]);
    }

    /// <summary>The one that was promised to the claim, or the smallest of those that can do the least beyond what is asked.</summary>
    private static Item<PersistentVolume>? Best(ClaimSeen seen)
    {
        var able = seen.Candidates.Where(v => v.CanServe(seen.Claim)).ToList();
        return able.Find(v => v.IsPromisedTo(seen.Claim)) ?? (seen.WaitsForNode ? null : able.Where(v => v.IsFreeFor(seen.Claim))
            .OrderBy(v => v.Value.Spec?.AccessModes?.Count ?? 0).ThenBy(VolumeMatch.Size).ThenBy(v => v.Name, StringComparer.Ordinal).FirstOrDefault());
    }

    private static IEnumerable<PlanAction> NothingSuits(ClaimSeen seen)
    {
        if (seen.WaitsForNode)
        {
            yield return seen.WaitingPods switch
            {
                [] => Tell(seen, "Normal", "WaitForFirstConsumer", "waiting for first consumer to be created before binding"),
                [var pod] => Tell(seen, "Normal", "WaitForPodScheduled", $"waiting for pod {pod} to be scheduled"),
                var pods => Tell(seen, "Normal", "WaitForPodScheduled", $"waiting for pods {string.Join(',', pods)} to be scheduled"),
            };
        }
        else if (seen.Claim.Class() is not { Length: > 0 } name)
        {
            yield return Tell(seen, "Normal", "FailedBinding", "no persistent volumes available for this claim and no storage class is set");
        }
        else if (seen.Class is not { } found)
        {
            yield return Tell(seen, "Warning", "ProvisioningFailed", $"storageclass.storage.k8s.io \"{name}\" not found");
        }
        else if (found.Value.Provisioner is not { } provisioner || provisioner.StartsWith("kubernetes.io/", StringComparison.Ordinal))
        {
            yield return Tell(seen, "Warning", "ProvisioningFailed", $"no volume plugin matched name: {found.Value.Provisioner}");
        }
        else
        {
            if (seen.Claim.Meta.Annotation(VolumeMarks.Provisioner) != provisioner)
                yield return Patch(seen, Annotated((VolumeMarks.OldProvisioner, provisioner), (VolumeMarks.Provisioner, provisioner)));
            yield return Tell(seen, "Normal", "ExternalProvisioning", $"Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the system administrator. " +
                "If volume creation is delayed, please verify that the provisioner is running and correctly registered.");
        }
    }

    private static Plan Bound(ClaimSeen seen)
    {
        if (seen.Spec.VolumeName is not { Length: > 0 }) return Lost(seen, "ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!");
        if (seen.Named is not { } volume) return Lost(seen, "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
        if (volume.Value.Spec?.ClaimRef is { } other && other.Uid != seen.Claim.Uid)
            return Lost(seen, "ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly");
        return Bind(seen, volume);
    }

    private static Plan Lost(ClaimSeen seen, string reason, string message) => seen.Status.Phase == "Lost" ? Plan.Nothing
        : Plan.Of([.. StatusChange.To(seen.Claim, seen.Status with { Phase = "Lost", AccessModes = null, Capacity = null }), Tell(seen, "Warning", reason, message)]);

    /// <summary>The volume first, so that nobody else takes it; then the claim.</summary>
    private static Plan Bind(ClaimSeen seen, Item<PersistentVolume> volume)
    {
        var actions = new List<PlanAction>();
        if (VolumeMarks.Promise(volume, seen.Claim) is { } promise) actions.Add(promise);
        var chosenHere = seen.Spec.VolumeName != volume.Name;
        if (chosenHere || seen.Claim.Meta.Annotation(VolumeMarks.BindCompleted) is null)
        {
            var body = chosenHere ? Annotated((VolumeMarks.BindCompleted, "yes"), (VolumeMarks.BoundByController, "yes")) : Annotated((VolumeMarks.BindCompleted, "yes"));
            if (chosenHere) body.Add("spec", new JsonMap { { "volumeName", volume.Name } });
            actions.Add(Patch(seen, body));
        }
        // What was bound before may have grown, its file system not yet: its capacity is whoever's who makes it grow.
        var status = seen.Status with
        {
            Phase = "Bound",
            AccessModes = volume.Value.Spec?.AccessModes,
            Capacity = seen.Status.Phase == "Bound" ? seen.Status.Capacity : volume.Value.Spec?.Capacity,
            CurrentVolumeAttributesClassName = seen.Status.CurrentVolumeAttributesClassName ?? volume.Value.Spec?.VolumeAttributesClassName,
        };
        actions.AddRange(StatusChange.To(seen.Claim, status));
        return Plan.Of(actions);
    }

    private static IEnumerable<PlanAction> Pending(ClaimSeen seen) =>
        StatusChange.To(seen.Claim, seen.Status with { Phase = "Pending", AccessModes = null, Capacity = null });

    private static PlanAction Patch(ClaimSeen seen, JsonMap body) =>
        new PlanAction.Patch(seen.Claim.Type.Ref, seen.Claim.Namespace, seen.Claim.Name, seen.Claim.Uid, seen.Claim.Meta.ResourceVersion, body);

    private static JsonMap Annotated(params ReadOnlySpan<(string Name, string Value)> annotations)
    {
        var map = new JsonMap();
        foreach (var (name, value) in annotations) map.Set(name, value);
        return new JsonMap { { "metadata", new JsonMap { { "annotations", map } } } };
    }

    private static PlanAction Tell(ClaimSeen seen, string type, string reason, string message) => new PlanAction.Emit(seen.Claim.Ref, type, reason, message);
}
