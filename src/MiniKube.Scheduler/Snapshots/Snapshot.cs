namespace MiniKube.Scheduler;

/// <summary>
/// The cluster at one moment, as decisions see it. Between decisions its owner swaps single nodes; during one nothing changes.
/// </summary>
public sealed class Snapshot
{
    private readonly List<NodeInfo> nodes = [];
    private readonly Dictionary<string, int> slots = new(StringComparer.Ordinal);
    private readonly MatchCounts counts;
    private readonly HashSet<int> withAffinity = [];
    private readonly HashSet<int> withAntiAffinity = [];
    private readonly Dictionary<string, int> imageNodes = new(StringComparer.Ordinal);

    public Snapshot() => counts = new(this);

    public IReadOnlyList<NodeInfo> Nodes => nodes;
    public int Count => nodes.Count;

    /// <summary>Nodes with pods that care which pods are near them, by slot.</summary>
    public IReadOnlyCollection<int> WithAffinity => withAffinity;
    public IReadOnlyCollection<int> WithAntiAffinity => withAntiAffinity;

    /// <summary>How many nodes have taints, and how many take no new pods: where there are none, nobody needs to ask each node.</summary>
    public int Tainted { get; private set; }
    public int Cordoned { get; private set; }

    public Func<string, IReadOnlyDictionary<string, string>> NamespaceLabels { get; set; } = _ => new Dictionary<string, string>();

    public NodeInfo? Find(string name) => slots.TryGetValue(name, out var slot) ? nodes[slot] : null;

    public int SlotOf(string name) => slots.GetValueOrDefault(name, -1);

    /// <summary>How many pods of a namespace that a selector matches run on each node, by slot; those on their way out only when asked for.</summary>
    public IReadOnlyList<int> Matching(string ns, Selector selector, bool leavingToo = false) => counts.Of(ns, selector, leavingToo);

    public int NodesWithImage(string image) => imageNodes.GetValueOrDefault(image);

    public void Set(NodeInfo node)
    {
        if (!slots.TryGetValue(node.Name, out var slot))
        {
            slot = nodes.Count;
            slots[node.Name] = slot;
            nodes.Add(node);
            Tally(node, 1);
        }
        else if (!ReferenceEquals(nodes[slot].Images, node.Images))
        {
            Tally(nodes[slot], -1);
            Tally(node, 1);
        }
        nodes[slot] = node;
        Mark(withAffinity, slot, node.HasAffinity);
        Mark(withAntiAffinity, slot, node.HasAntiAffinity);
        counts.Changed(slot);
    }

    /// <summary>The last node takes the place of the removed one.</summary>
    public void Remove(string name)
    {
        if (!slots.Remove(name, out var slot)) return;
        Tally(nodes[slot], -1);
        var last = nodes.Count - 1;
        if (slot != last)
        {
            nodes[slot] = nodes[last];
            slots[nodes[slot].Name] = slot;
            Mark(withAffinity, slot, nodes[slot].HasAffinity);
            Mark(withAntiAffinity, slot, nodes[slot].HasAntiAffinity);
        }
        nodes.RemoveAt(last);
        withAffinity.Remove(last);
        withAntiAffinity.Remove(last);
        counts.Forget();
    }

    private void Tally(NodeInfo node, int by)
    {
        if (node.Taints.Length > 0) Tainted += by;
        if (node.Unschedulable) Cordoned += by;
        foreach (var image in node.Images.Keys) imageNodes[image] = imageNodes.GetValueOrDefault(image) + by;
    }

    private static void Mark(HashSet<int> set, int slot, bool member)
    {
        if (member) set.Add(slot);
        else set.Remove(slot);
    }
}
