namespace MiniKube.Store.Memory;

/// <summary>What differs between two trees of which one came from the other: what they share is never entered.</summary>
internal static class Difference
{
    public static IEnumerable<(Entry? Before, Entry? After)> Between(Tree before, Tree after)
    {
        List<Node> left = [before.Root], right = [after.Root];
        var (high, other) = (Height(before.Root), Height(after.Root));
        // All leaves are equally deep, so nodes that are shared meet at the same height.
        for (; high > other; high--) left = Opened(left);
        for (; other > high; other--) right = Opened(right);
        for (; ; high--)
        {
            (left, right) = (Except(left, right), Except(right, left));
            if (high == 0) break;
            (left, right) = (Opened(left), Opened(right));
        }
        return Merged([.. left.SelectMany(n => ((Leaf)n).Items)], [.. right.SelectMany(n => ((Leaf)n).Items)]);
    }

    private static int Height(Node node)
    {
        var height = 0;
        for (; node is Branch branch; node = branch.Children[0]) height++;
        return height;
    }

    private static List<Node> Opened(List<Node> nodes) => [.. nodes.SelectMany(n => ((Branch)n).Children)];

    private static List<Node> Except(List<Node> nodes, List<Node> shared)
    {
        if (shared.Count == 0) return nodes;
        var known = new HashSet<Node>(shared, ReferenceEqualityComparer.Instance);
        return [.. nodes.Where(n => !known.Contains(n))];
    }

    private static IEnumerable<(Entry? Before, Entry? After)> Merged(Entry[] before, Entry[] after)
    {
        var (i, j) = (0, 0);
        while (i < before.Length || j < after.Length)
        {
            var order = i == before.Length ? 1 : j == after.Length ? -1
                : Place.Compare(before[i].Key.Namespace, before[i].Key.Name, after[j].Key.Namespace, after[j].Key.Name);
            if (order == 0 && !ReferenceEquals(before[i], after[j])) yield return (before[i], after[j]);
            else if (order < 0) yield return (before[i], null);
            else if (order > 0) yield return (null, after[j]);
            if (order <= 0) i++;
            if (order >= 0) j++;
        }
    }
}
