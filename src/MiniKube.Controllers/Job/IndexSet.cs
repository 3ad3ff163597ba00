using System.Globalization;

namespace MiniKube.Controllers;

/// <summary>Indexes in their text form: "0-3,5,7-8".</summary>
public sealed class IndexSet(IEnumerable<int> indexes)
{
    private readonly SortedSet<int> all = [.. indexes];

    public int Count => all.Count;
    public bool Contains(int index) => all.Contains(index);
    public IEnumerable<int> All => all;

    public IndexSet With(IEnumerable<int> more) => new(all.Concat(more));

    /// <summary>Indexes beyond the number of completions no longer count.</summary>
    public static IndexSet Parse(string? text, int? below = null)
    {
        var found = new List<int>();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-');
            if (!int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)) continue;
            if (ends.Length < 2 || !int.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)) last = first;
            for (var i = first; i <= last && i < (below ?? int.MaxValue); i++) found.Add(i);
        }
        return new(found);
    }

    public override string ToString()
    {
        var parts = new List<string>();
        int? start = null, end = null;
        foreach (var index in all)
        {
            if (end is { } e && index == e + 1)
            {
                end = index;
                continue;
            }
            Close();
            start = end = index;
        }
        Close();
        return string.Join(",", parts);

        void Close()
        {
            if (start is not { } s) return;
            parts.Add(s == end ? $"{s}" : end == s + 1 ? $"{s},{end}" : $"{s}-{end}");
        }
    }
}
