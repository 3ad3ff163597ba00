namespace MiniKube.Store.Memory;

internal readonly record struct Place(string Namespace, string Name)
{
    public static Place Of(ObjectKey key) => new(key.Namespace, key.Name);

    public static int Compare(string ns, string name, string otherNs, string otherName)
    {
        var order = string.CompareOrdinal(ns, otherNs);
        return order != 0 ? order : string.CompareOrdinal(name, otherName);
    }
}

/// <summary>A node of a <see cref="Tree"/>; never changed once made.</summary>
internal abstract class Node
{
    public const int Most = 32;

    /// <summary>Below this a node is joined with a neighbour when both fit into one.</summary>
    protected const int Few = Most / 4;

    public abstract int Count { get; }
    public abstract int Width { get; }
    public abstract (Node Node, (Place First, Node Right)? Split) With(Entry entry);

    /// <summary>Null when nothing is left; the node itself when the place is not in it.</summary>
    public abstract Node? Without(string ns, string name);

    protected static T[] Insert<T>(T[] items, int at, T item)
    {
        var copy = new T[items.Length + 1];
        items.AsSpan(0, at).CopyTo(copy);
        copy[at] = item;
        items.AsSpan(at).CopyTo(copy.AsSpan(at + 1));
        return copy;
    }

    protected static T[] Replace<T>(T[] items, int at, T item)
    {
        var copy = items.AsSpan().ToArray();
        copy[at] = item;
        return copy;
    }

    protected static T[] Remove<T>(T[] items, int at)
    {
        var copy = new T[items.Length - 1];
        items.AsSpan(0, at).CopyTo(copy);
        items.AsSpan(at + 1).CopyTo(copy.AsSpan(at));
        return copy;
    }
}

internal sealed class Leaf(Entry[] items) : Node
{
    public Entry[] Items { get; } = items;
    public override int Count => Items.Length;
    public override int Width => Items.Length;

    /// <summary>The index of the place, or the complement of where it would go.</summary>
    public static int Find(Entry[] items, string ns, string name)
    {
        var (low, high) = (0, items.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var key = items[middle].Key;
            var order = Place.Compare(ns, name, key.Namespace, key.Name);
            if (order == 0) return middle;
            if (order < 0) high = middle - 1;
            else low = middle + 1;
        }

        return ~low;
    }

    public override (Node Node, (Place First, Node Right)? Split) With(Entry entry)
    {
        var at = Find(Items, entry.Key.Namespace, entry.Key.Name);
        if (at >= 0) return (new Leaf(Replace(Items, at, entry)), null);
        var grown = Insert(Items, ~at, entry);
        if (grown.Length <= Most) return (new Leaf(grown), null);
        // Names that only ever grow would leave half-empty leaves behind: split at the end there.
        var half = ~at == Items.Length ? Items.Length : grown.Length / 2;
        return (new Leaf(grown[..half]), (Place.Of(grown[half].Key), new Leaf(grown[half..])));
    }

    public override Node? Without(string ns, string name)
    {
        var at = Find(Items, ns, name);
        if (at < 0) return this;
        return Items.Length == 1 ? null : new Leaf(Remove(Items, at));
    }
}

/// <summary>Child i holds the places from Firsts[i] (of which the first is never looked at) up to Firsts[i + 1].</summary>
internal sealed class Branch : Node
{
    private readonly int count;

    public Branch(Node[] children, Place[] firsts)
    {
        (Children, Firsts) = (children, firsts);
        foreach (var child in children) count += child.Count;
    }

    public Node[] Children { get; }

    /// <summary>Strings and not entries: a separator outlives the entry it came from, whose value must not be kept alive.</summary>
    public Place[] Firsts { get; }

    public override int Count => count;
    public override int Width => Children.Length;

    public int Find(string ns, string name)
    {
        var (low, high) = (1, Firsts.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            if (Place.Compare(ns, name, Firsts[middle].Namespace, Firsts[middle].Name) < 0) high = middle - 1;
            else low = middle + 1;
        }

        return high;
    }

    public override (Node Node, (Place First, Node Right)? Split) With(Entry entry)
    {
        var at = Find(entry.Key.Namespace, entry.Key.Name);
        var (child, split) = Children[at].With(entry);
        var children = Replace(Children, at, child);
        if (split is not { } right) return (new Branch(children, Firsts), null);
        children = Insert(children, at + 1, right.Right);
        var firsts = Insert(Firsts, at + 1, right.First);
        if (children.Length <= Most) return (new Branch(children, firsts), null);
        var half = at + 2 == children.Length ? children.Length - 1 : children.Length / 2;
        return (new Branch(children[..half], firsts[..half]), (firsts[half], new Branch(children[half..], firsts[half..])));
    }

    public override Node? Without(string ns, string name)
    {
        var at = Find(ns, name);
        var child = Children[at].Without(ns, name);
        if (ReferenceEquals(child, Children[at])) return this;
        if (child is null) return Children.Length == 1 ? null : new Branch(Remove(Children, at), Remove(Firsts, at));
        if (child.Width >= Few || Children.Length == 1) return new Branch(Replace(Children, at, child), Firsts);

        var left = at == 0 ? 0 : at - 1;
        var (first, second) = at == 0 ? (child, Children[1]) : (Children[left], child);
        if (first.Width + second.Width > Most) return new Branch(Replace(Children, at, child), Firsts);
        var joined = Join(first, second, Firsts[left + 1]);
        return new Branch(Replace(Remove(Children, left + 1), left, joined), Remove(Firsts, left + 1));
    }

    private static Node Join(Node first, Node second, Place border) => (first, second) switch
    {
        (Leaf a, Leaf b) => new Leaf([.. a.Items, .. b.Items]),
        (Branch a, Branch b) => new Branch([.. a.Children, .. b.Children], [.. a.Firsts, border, .. b.Firsts.AsSpan(1)]),
        _ => throw new InvalidOperationException("neighbours in a tree are of one height"),
    };
}
