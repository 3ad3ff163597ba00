using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>Status writes that are only made when they say something new.</summary>
public static class StatusChange
{
    /// <summary>AsSeen: not on top of what others have written into the status meanwhile, as the server does into some when it lets things happen.</summary>
    public static IEnumerable<PlanAction> To<TStatus>(Item item, TStatus status, bool asSeen = false)
    {
        var tree = KubeJson.ToTree(status);
        if (tree.SameAs(item.Tree()["status"] ?? new JsonMap())) return [];
        return [new PlanAction.SetStatus(item.Type.Ref, item.Type.Namespaced ? item.Namespace : null, item.Name, item.Uid, asSeen ? item.Meta.ResourceVersion : null, tree)];
    }

    /// <summary>Counts are left out of the wire form when they are zero.</summary>
    public static int? OrNull(this int count) => count == 0 ? null : count;
}
