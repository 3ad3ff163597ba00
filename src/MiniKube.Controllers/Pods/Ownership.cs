using MiniKube.ControlLoop;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>
/// Who manages what: an owner takes matching objects that nobody manages and lets go of its own that no longer match. Uid and
/// version go with every such change, so that two owners can't both win.
/// </summary>
public static class Ownership
{
    public static JsonMap Reference(Item owner, bool controller = true) => new()
    {
        { "apiVersion", owner.Type.Ref.ApiVersion }, { "kind", owner.Type.Kind }, { "name", owner.Name }, { "uid", owner.Uid },
        { "controller", controller }, { "blockOwnerDeletion", true },
    };

    /// <summary>What must change so that the owner manages exactly what it selects. Empty when it already does.</summary>
    public static IReadOnlyList<PlanAction> Claim<T>(Item owner, Selector selector, IReadOnlyList<Item<T>> owned, IEnumerable<Item<T>> orphans)
        where T : class
    {
        var actions = new List<PlanAction>();
        foreach (var item in owned)
        {
            // One that is going away is let be: its owner reference no longer matters.
            if (!item.BeingDeleted && !selector.Matches(item.Meta.Labels)) actions.Add(Release(item, owner));
        }
        if (owner.BeingDeleted) return actions;
        foreach (var item in orphans)
        {
            if (!item.BeingDeleted && item.Meta.Controller is null && selector.Matches(item.Meta.Labels))
                actions.Add(References(item, [.. item.Meta.Owners.Where(o => o.Uid != owner.Uid).Select(Reference), Reference(owner)]));
        }
        return actions;
    }

    public static PlanAction Release(Item item, Item owner) =>
        References(item, [.. item.Meta.Owners.Where(o => o.Uid != owner.Uid).Select(Reference)]);

    public static PlanAction References(Item item, IReadOnlyList<JsonMap> references) =>
        new PlanAction.Patch(item.Type.Ref, item.Type.Namespaced ? item.Namespace : null, item.Name, item.Uid, item.Meta.ResourceVersion,
            new JsonMap { { "metadata", new JsonMap { { "ownerReferences", references.Count == 0 ? Json.Null : new JsonList(references) } } } });

    public static JsonMap Reference(Owner owner)
    {
        var reference = new JsonMap
        {
            { "apiVersion", owner.ApiVersion }, { "kind", owner.Kind }, { "name", owner.Name }, { "uid", owner.Uid },
        };
        if (owner.Controller) reference.Add("controller", true);
        if (owner.BlocksDeletion) reference.Add("blockOwnerDeletion", true);
        return reference;
    }
}
