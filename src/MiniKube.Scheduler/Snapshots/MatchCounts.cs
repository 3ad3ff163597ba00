namespace MiniKube.Scheduler;

/// <summary>
/// Counts of matching pods per node for the selectors that were asked for lately, corrected node by node as pods come and go. Pods of one
/// application ask the same question thousands of times; this makes the answer cost nothing.
/// </summary>
internal sealed class MatchCounts(Snapshot snapshot)
{
    private const int MostRemembered = 64;

    private readonly Dictionary<(string Namespace, string Selector, bool Leaving), Entry> entries = [];
    private long clock;

    public IReadOnlyList<int> Of(string ns, Selector selector, bool leavingToo)
    {
        var key = (ns, selector.ToString(), leavingToo);
        if (!entries.TryGetValue(key, out var entry))
        {
            if (entries.Count >= MostRemembered) entries.Remove(entries.MinBy(e => e.Value.Used).Key);
            entries[key] = entry = new(ns, selector, leavingToo, [.. snapshot.Nodes.Select(n => Count(n, ns, selector, leavingToo))]);
        }
        entry.Used = ++clock;
        return entry.Counts;
    }

    public void Changed(int slot)
    {
        foreach (var entry in entries.Values)
        {
            var count = Count(snapshot.Nodes[slot], entry.Namespace, entry.Selector, entry.LeavingToo);
            if (slot == entry.Counts.Count) entry.Counts.Add(count);
            else entry.Counts[slot] = count;
        }
    }

    public void Forget() => entries.Clear();

    private static int Count(NodeInfo node, string ns, Selector selector, bool leavingToo)
    {
        var count = 0;
        foreach (var pod in node.Pods)
            if (pod.Namespace == ns && (leavingToo || !pod.Item.BeingDeleted) && selector.Matches(pod.Labels)) count++;
        return count;
    }

    private sealed class Entry(string ns, Selector selector, bool leavingToo, List<int> counts)
    {
        public string Namespace { get; } = ns;
        public Selector Selector { get; } = selector;
        public bool LeavingToo { get; } = leavingToo;
        public List<int> Counts { get; } = counts;
        public long Used { get; set; }
    }
}
