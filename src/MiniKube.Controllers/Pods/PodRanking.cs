using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

/// <summary>Which pods go first when there are too many.</summary>
public static class PodRanking
{
    public const string DeletionCost = "controller.kubernetes.io/pod-deletion-cost";

    /// <summary>
    /// The pods to delete. Siblings are all active pods of the same application, of older versions too: where several of them share a
    /// node, one of those goes first.
    /// </summary>
    public static IReadOnlyList<Item<Pod>> ToDelete(IReadOnlyList<Item<Pod>> pods, int count, IEnumerable<Item<Pod>> siblings, DateTimeOffset now)
    {
        if (count >= pods.Count) return pods;
        var perNode = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var sibling in siblings)
            if (sibling.IsActive()) perNode[sibling.NodeName()] = perNode.GetValueOrDefault(sibling.NodeName()) + 1;
        return [.. pods.Order(Comparer<Item<Pod>>.Create((a, b) => Compare(a, b, perNode, now))).Take(count)];
    }

    private static int Compare(Item<Pod> a, Item<Pod> b, Dictionary<string, int> perNode, DateTimeOffset now)
    {
        if ((a.NodeName().Length == 0) != (b.NodeName().Length == 0)) return a.NodeName().Length == 0 ? -1 : 1;
        if (PhaseOrder(a) != PhaseOrder(b)) return PhaseOrder(a) - PhaseOrder(b);
        if (a.IsReady() != b.IsReady()) return a.IsReady() ? 1 : -1;
        if (Cost(a) != Cost(b)) return Cost(a).CompareTo(Cost(b));
        var crowd = perNode.GetValueOrDefault(b.NodeName()) - perNode.GetValueOrDefault(a.NodeName());
        if (crowd != 0) return crowd;
        if (a.IsReady() && b.IsReady())
        {
            var byReady = Younger(a.Condition("Ready")!.LastTransitionTime, b.Condition("Ready")!.LastTransitionTime, now);
            if (byReady != 0) return byReady;
        }
        if (a.Restarts() != b.Restarts()) return b.Restarts() - a.Restarts();
        var byAge = Younger(a.Meta.Created, b.Meta.Created, now);
        return byAge != 0 ? byAge : string.CompareOrdinal(a.Uid, b.Uid);
    }

    private static int PhaseOrder(Item<Pod> pod) => pod.Phase() switch { "Pending" => 0, "Unknown" => 1, _ => 2 };

    private static int Cost(Item<Pod> pod) => int.TryParse(pod.Meta.Annotation(DeletionCost), out var cost) ? cost : 0;

    // Ages are compared by their order of magnitude, so that the oldest aren't always the ones that stay.
    private static int Younger(DateTimeOffset? a, DateTimeOffset? b, DateTimeOffset now)
    {
        if (a is null || b is null) return (a is null).CompareTo(b is null) * -1;
        return Magnitude(now - a.Value).CompareTo(Magnitude(now - b.Value));
    }

    private static int Magnitude(TimeSpan age) => age <= TimeSpan.Zero ? 0 : (int)Math.Log2(age.TotalSeconds + 1);
}
