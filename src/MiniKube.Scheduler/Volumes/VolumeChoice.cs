using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

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
        foreach (var claim in waiting.OrderBy(VolumeMatch.Size))
        {
            // Where it was sent before, its volume is being made.
            if (claim.Meta.Annotation(VolumeMarks.SelectedNode) is { Length: > 0 } selected)
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
        foreach (var volume in facts.OfClass(claim.Class()))
        {
            if (taken.Contains(volume.Name) || !volume.CanServe(claim)) continue;
            if (volume.Value.Spec?.NodeAffinity?.Required is { } required && !NodeMatch.Matches(required, node.Name, node.Labels)) continue;
            // Promised to this very claim: it is the one.
            if (volume.IsPromisedTo(claim)) return volume;
            if (volume.IsFreeFor(claim) && (best is null || volume.Size() < best.Size())) best = volume;
        }
        return best;
    }

    private static string? CannotMake(Item<PersistentVolumeClaim> claim, NodeInfo node, VolumeFacts facts)
    {
        if (facts.Class(claim.Class()) is not { } found || found.Value.Provisioner is null or "" or NoProvisioner) return VolumeBinding.NothingToBind;
        var topologies = found.Value.AllowedTopologies ?? [];
        if (topologies.Count > 0 && !topologies.Any(t => (t.MatchLabelExpressions ?? [])
                .All(e => node.Labels.TryGetValue(e.Key ?? "", out var value) && e.Values?.Contains(value) == true))) return VolumeBinding.NothingToBind;
        if (facts.Driver(found.Value.Provisioner)?.Value.Spec?.StorageCapacity != true) return null;
        return facts.Capacities(found.Name).Any(c => (c.Value.MaximumVolumeSize ?? c.Value.Capacity) is { } most && most >= claim.Size() &&
            c.Value.NodeTopology is { } where && where.Parsed().Matches(node.Labels)) ? null : VolumeBinding.NotEnoughSpace;
    }
}
