namespace MiniKube.Store.Memory;

/// <summary>
/// Entries in order of (namespace, name), persistent: every change gives a new tree that shares all but one path with
/// the old one, so a snapshot is a reference and readers need no lock. Nodes know their counts.
/// </summary>
internal sealed class Tree
{
    public static readonly Tree Empty = new(new Leaf([]));

    private readonly Node root;

    private Tree(Node root) => this.root = root;

    public int Count => root.Count;

    internal Node Root => root;

    public Entry? Get(string ns, string name)
    {
        var node = root;
        while (node is Branch branch) node = branch.Children[branch.Find(ns, name)];
        var items = ((Leaf)node).Items;
        var at = Leaf.Find(items, ns, name);
        return at >= 0 ? items[at] : null;
    }

    /// <summary>Adds the entry, or replaces the one of the same place.</summary>
    public Tree With(Entry entry)
    {
        var (node, split) = root.With(entry);
        return new(split is null ? node : new Branch([node, split.Value.Right], [default, split.Value.First]));
    }

    public Tree Without(string ns, string name)
    {
        var node = root.Without(ns, name);
        if (ReferenceEquals(node, root)) return this;
        while (node is Branch { Children.Length: 1 } branch) node = branch.Children[0];
        return node is null ? Empty : new(node);
    }

    /// <summary>How many entries come before the place.</summary>
    public int Rank(string ns, string name)
    {
        var (node, before) = (root, 0);
        while (node is Branch branch)
        {
            var at = branch.Find(ns, name);
            for (var i = 0; i < at; i++) before += branch.Children[i].Count;
            node = branch.Children[at];
        }

        var found = Leaf.Find(((Leaf)node).Items, ns, name);
        return before + (found >= 0 ? found : ~found);
    }

    public int CountIn(string ns) => Rank(ns, AfterEveryName) - Rank(ns, "");

    /// <summary>In order, all of them, or one namespace's, or those after a place.</summary>
    public IEnumerable<Entry> List(string? ns, (string Namespace, string Name)? after)
    {
        var (from, exclusive) = ((ns ?? "", ""), false);
        if (after is { } place && (ns is null || Place.Compare(place.Namespace, place.Name, ns, "") >= 0)) (from, exclusive) = (place, true);
        foreach (var entry in From(from, exclusive))
        {
            if (ns is not null && !string.Equals(entry.Key.Namespace, ns, StringComparison.Ordinal)) yield break;
            yield return entry;
        }
    }

    /// <summary>Builds a full tree at once from entries in strict order.</summary>
    public static Tree Build(ReadOnlySpan<Entry> sorted)
    {
        if (sorted.IsEmpty) return Empty;
        var level = new List<(Place First, Node Node)>();
        foreach (var (from, to) in Portions(sorted.Length))
            level.Add((Place.Of(sorted[from].Key), new Leaf(sorted[from..to].ToArray())));
        while (level.Count > 1)
        {
            var above = new List<(Place, Node)>();
            foreach (var (from, to) in Portions(level.Count))
            {
                var part = level.GetRange(from, to - from);
                above.Add((part[0].First, new Branch([.. part.Select(p => p.Node)], [.. part.Select(p => p.First)])));
            }

            level = above;
        }

        return new(level[0].Node);
    }

    // Three quarters full, so that the first inserts after a load do not split every node.
    private static IEnumerable<(int From, int To)> Portions(int count)
    {
        const int portion = Node.Most * 3 / 4;
        for (var from = 0; from < count; from += portion) yield return (from, Math.Min(count, from + portion));
    }

    private const string AfterEveryName = "\uffff";

    private IEnumerable<Entry> From((string Namespace, string Name) place, bool exclusive)
    {
        var path = new Stack<(Branch Node, int Next)>();
        var node = root;
        while (node is Branch branch)
        {
            var at = branch.Find(place.Namespace, place.Name);
            path.Push((branch, at + 1));
            node = branch.Children[at];
        }

        var items = ((Leaf)node).Items;
        var found = Leaf.Find(items, place.Namespace, place.Name);
        var i = found < 0 ? ~found : exclusive ? found + 1 : found;
        while (true)
        {
            for (; i < items.Length; i++) yield return items[i];
            while (path.TryPeek(out var top) && top.Next == top.Node.Children.Length) path.Pop();
            if (!path.TryPop(out var above)) yield break;
            path.Push((above.Node, above.Next + 1));
            node = above.Node.Children[above.Next];
            while (node is Branch branch)
            {
                path.Push((branch, 1));
                node = branch.Children[0];
            }

            (items, i) = (((Leaf)node).Items, 0);
        }
    }
}
