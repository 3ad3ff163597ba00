using MiniKube.ControlLoop;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>How an owner reference stands.</summary>
public enum OwnerState
{
    /// <summary>The owner is there.</summary>
    Solid,

    /// <summary>The owner is gone, or never was what the reference says.</summary>
    Absent,

    /// <summary>The owner waits, in foreground deletion, for this object to go.</summary>
    WaitingForThis,

    /// <summary>Nobody can say; better not to delete.</summary>
    Unknown,

    /// <summary>The object has no namespace and the owner's kind lives in one: never true, and left alone.</summary>
    Impossible,
}

public sealed record GarbageSeen(Item Object, IReadOnlyList<(Owner Reference, OwnerState State)> Owners, IReadOnlyList<Item> Dependents)
{
    /// <summary>Owners that are, but in another namespace than the object.</summary>
    public IReadOnlyList<Owner> Misplaced { get; init; } = [];
}

/// <summary>What becomes of an object when its owners go, and of its dependents when it goes itself.</summary>
public static class GarbagePlan
{
    public const string Foreground = "foregroundDeletion";
    public const string Orphan = "orphan";

    public static Plan For(GarbageSeen seen)
    {
        if (seen.Object.BeingDeleted && seen.Object.Meta.Finalizers.Contains(Orphan)) return OrphanDependents(seen);
        if (seen.Object.BeingDeleted && seen.Object.Meta.Finalizers.Contains(Foreground)) return WaitForDependents(seen);
        if (seen.Object.BeingDeleted || seen.Owners.Count == 0) return Plan.Nothing;
        var plan = FollowOwners(seen);
        return seen.Misplaced.Count == 0 ? plan : plan with { Actions = [.. seen.Misplaced.Select(o => Tell(seen.Object, o)), .. plan.Actions] };
    }

    private static PlanAction.Emit Tell(Item item, Owner owner) => new(item.Ref, "Warning", "OwnerRefInvalidNamespace",
        $"ownerRef [{owner.ApiVersion}/{owner.Kind}, namespace: {item.Namespace}, name: {owner.Name}, uid: {owner.Uid}] does not exist in namespace \"{item.Namespace}\"");

    private static Plan OrphanDependents(GarbageSeen seen) => Plan.Of([
        new PlanAction.Together([.. seen.Dependents.Select(d => Without(d, o => o.Uid == seen.Object.Uid))]),
        Unfinalize(seen.Object, Orphan),
    ]);

    private static Plan WaitForDependents(GarbageSeen seen)
    {
        var blocking = seen.Dependents.Any(d => d.Meta.Owners.Any(o => o.Uid == seen.Object.Uid && o.BlocksDeletion));
        return blocking ? Plan.Nothing : Plan.Of(Unfinalize(seen.Object, Foreground));
    }

    private static Plan FollowOwners(GarbageSeen seen)
    {
        if (seen.Owners.Any(o => o.State == OwnerState.Impossible)) return Plan.Nothing;
        if (seen.Owners.Any(o => o.State == OwnerState.Unknown)) return Plan.Recheck(TimeSpan.FromSeconds(30));
        var solid = seen.Owners.Any(o => o.State == OwnerState.Solid);
        var rest = seen.Owners.Where(o => o.State != OwnerState.Solid).Select(o => o.Reference.Uid).ToHashSet(StringComparer.Ordinal);
        if (solid) return rest.Count == 0 ? Plan.Nothing : Plan.Of(Without(seen.Object, o => rest.Contains(o.Uid)));

        var waited = seen.Owners.Any(o => o.State == OwnerState.WaitingForThis);
        if (waited && seen.Dependents.Count > 0)
        {
            // Where a circle of objects waits for itself, the waiting is given up, or nothing of it would ever go.
            var circle = seen.Dependents.Any(d => d.BeingDeleted && d.Meta.Finalizers.Contains(Foreground));
            return Plan.Of([.. circle ? [Unblock(seen.Object)] : Array.Empty<PlanAction>(), Delete(seen.Object, "Foreground")]);
        }
        return Plan.Of(Delete(seen.Object, seen.Object.Meta.Finalizers.Contains(Orphan) ? "Orphan"
            : seen.Object.Meta.Finalizers.Contains(Foreground) ? "Foreground" : "Background"));
    }

    // The version goes along: an object that was adopted meanwhile must not be deleted.
    private static PlanAction.Delete Delete(Item item, string propagation) =>
        new(item.Type.Ref, Namespace(item), item.Name, item.Uid, item.Meta.ResourceVersion, propagation);

    private static PlanAction Without(Item item, Func<Owner, bool> drop) =>
        Ownership.References(item, [.. item.Meta.Owners.Where(o => !drop(o)).Select(Ownership.Reference)]);

    private static PlanAction Unblock(Item item) =>
        Ownership.References(item, [.. item.Meta.Owners.Select(o => Ownership.Reference(o with { BlocksDeletion = false }))]);

    private static PlanAction Unfinalize(Item item, string finalizer) =>
        new PlanAction.Patch(item.Type.Ref, Namespace(item), item.Name, item.Uid, item.Meta.ResourceVersion, new JsonMap
        {
            {
                "metadata", new JsonMap
                {
                    { "finalizers", JsonList.OfTexts(item.Meta.Finalizers.Where(f => f != finalizer)) },
                }
            },
        });

    private static string? Namespace(Item item) => item.Type.Namespaced ? item.Namespace : null;
}
