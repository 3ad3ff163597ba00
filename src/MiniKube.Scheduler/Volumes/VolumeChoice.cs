using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Scheduler;

/// <summary>Which volume each waiting claim of a pod would get on a node, and which of them somebody would have to make.</summary>
public sealed record VolumeChoice(IReadOnlyList<(Item<PersistentVolumeClaim> Claim, Item<PersistentVolume> Volume)> Existing,
    IReadOnlyList<Item<PersistentVolumeClaim>> ToMake)
{
    private const string NoProvisioner = "kubernetes.io/no-provisioner";

    /// <summary>Either a choice or the reason why there is none.</summary>
    public static (VolumeChoice? Choice, string? Reason) On(NodeInfo node, IReadOnlyList<Item<PersistentVolumeClaim>> waiting, VolumeFacts facts)
    {
        var existing = new List<(Item<PersistentVolumeClaim>, Item<PersistentVolume>)>();
        var toMake = new List<Item<PersistentVolumeClaim>>();
        var taken = new HashSet<string>(StringComparer.Ordinal);
        // The smallest claim first: each takes the smallest volume that will do.
        foreach (var claim in waiting.OrderBy(Size))
        {
            // Where it was sent before, its volume is being made.
            if (claim.Meta.Annotation(PodClaims.SelectedNode) is { Length: > 0 } selected)
            {
                if (selected != node.Name) return (null, VolumeBinding.NothingToBind);
                toMake.Add(claim);
            }
            else if (Smallest(claim, node, taken, facts) is { } volume)
            {
                taken.Add(volume.Name);
                existing.Add((claim, volume));
            }
            else if (CannotMake(claim, node, facts) is { } reason) return (null, reason);
            else toMake.Add(claim);
        }
        return (new(existing, toMake), null);
    }

    private static Item<PersistentVolume>? Smallest(Item<PersistentVolumeClaim> claim, NodeInfo node, HashSet<string> taken, VolumeFacts facts)
    {
        Item<PersistentVolume>? best = null;
        foreach (var volume in facts.OfClass(claim.Value.Spec?.StorageClassName ?? ""))
        {
            if (volume.BeingDeleted || taken.Contains(volume.Name) || !Suits(claim, volume, node)) continue;
            if (volume.Value.Spec?.ClaimRef is not null) return volume;
            if (best is null || Capacity(volume) < Capacity(best)) best = volume;
        }
        return best;
    }

    private static bool Suits(Item<PersistentVolumeClaim> claim, Item<PersistentVolume> volume, NodeInfo node)
    {
        var (wants, has) = (claim.Value.Spec ?? new(), volume.Value.Spec ?? new());
        if ((wants.VolumeMode ?? "Filesystem") != (has.VolumeMode ?? "Filesystem")) return false;
        if (has.NodeAffinity?.Required is { } required && !NodeMatch.Matches(required, node.Name, node.Labels)) return false;
        if ((wants.VolumeAttributesClassName ?? "") != (has.VolumeAttributesClassName ?? "")) return false;
        // Promised to this very claim: whatever else it says, it is the one.
        if (has.ClaimRef is { } promised)
            return promised.Namespace == claim.Namespace && promised.Name == claim.Name && (promised.Uid is null or "" || promised.Uid == claim.Uid);
        return volume.Value.Status?.Phase == "Available" &&
            (wants.Selector is null || wants.Selector.Parsed().Matches(volume.Meta.Labels)) &&
            (wants.AccessModes ?? []).All(m => has.AccessModes?.Contains(m) == true) &&
            Capacity(volume) >= Size(claim);
    }

    private static string? CannotMake(Item<PersistentVolumeClaim> claim, NodeInfo node, VolumeFacts facts)
    {
        if (facts.Class(claim.Value.Spec?.StorageClassName ?? "") is not { } found || found.Value.Provisioner is null or "" or NoProvisioner) return VolumeBinding.NothingToBind;
        var topologies = found.Value.AllowedTopologies ?? [];
        if (topologies.Count > 0 && !topologies.Any(t => (t.MatchLabelExpressions ?? [])
                .All(e => node.Labels.TryGetValue(e.Key ?? "", out var value) && e.Values?.Contains(value) == true))) return VolumeBinding.NothingToBind;
        if (facts.Driver(found.Value.Provisioner)?.Value.Spec?.StorageCapacity != true) return null;
        return facts.Capacities(found.Name).Any(c => (c.Value.MaximumVolumeSize ?? c.Value.Capacity) is { } most && most >= Size(claim) &&
            c.Value.NodeTopology is { } where && where.Parsed().Matches(node.Labels)) ? null : VolumeBinding.NotEnoughSpace;
    }

    private static Quantity Size(Item<PersistentVolumeClaim> claim) =>
        claim.Value.Spec?.Resources?.Requests?.TryGetValue("storage", out var size) == true ? size : Quantity.Zero;

    private static Quantity Capacity(Item<PersistentVolume> volume) =>
        volume.Value.Spec?.Capacity?.TryGetValue("storage", out var size) == true ? size : Quantity.Zero;
}
