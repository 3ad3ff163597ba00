using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Scheduler;

/// <summary>
/// The snapshot's owner: applies changes of nodes and pods to it, and decisions before the API confirms them. Belongs to the
/// scheduler's loop; nobody else touches it.
/// </summary>
public sealed class ClusterState
{
    private readonly Dictionary<string, (PodInfo Pod, string Node)> placed = new(StringComparer.Ordinal);

    // Pods whose node isn't known (yet): they count as soon as it is.
    private readonly Dictionary<string, Dictionary<string, PodInfo>> homeless = new(StringComparer.Ordinal);

    public Snapshot Snapshot { get; } = new();

    public NodeInfo SetNode(Item<Node> item)
    {
        var node = Snapshot.Find(item.Name)?.WithNode(item) ?? new NodeInfo(item);
        if (homeless.Remove(item.Name, out var waiting))
            foreach (var pod in waiting.Values) node = node.With(pod);
        Snapshot.Set(node);
        return node;
    }

    public void RemoveNode(string name)
    {
        if (Snapshot.Find(name) is not { } node) return;
        if (node.Pods.Length > 0) homeless[name] = node.Pods.ToDictionary(p => p.Uid);
        Snapshot.Remove(name);
    }

    /// <summary>A pod is, or is about to be, on a node. True when that is news.</summary>
    public bool Place(PodInfo pod, string node)
    {
        var known = placed.TryGetValue(pod.Uid, out var old);
        if (known) Take(pod.Uid, old.Node);
        placed[pod.Uid] = (pod, node);
        if (Snapshot.Find(node) is { } found) Snapshot.Set(found.With(pod));
        else
        {
            if (!homeless.TryGetValue(node, out var waiting)) homeless[node] = waiting = new(StringComparer.Ordinal);
            waiting[pod.Uid] = pod;
        }
        return !known || old.Node != node;
    }

    /// <summary>True when the pod was somewhere.</summary>
    public bool Remove(string uid)
    {
        if (!placed.Remove(uid, out var old)) return false;
        Take(uid, old.Node);
        return true;
    }

    public bool IsPlaced(string uid) => placed.ContainsKey(uid);

    private void Take(string uid, string node)
    {
        if (Snapshot.Find(node) is { } found) Snapshot.Set(found.Without(uid));
        else if (homeless.TryGetValue(node, out var waiting)) waiting.Remove(uid);
    }
}
