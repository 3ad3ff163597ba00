namespace MiniKube.Machinery;

/// <summary>
/// A set of field paths as a tree, in the shape of FieldsV1: steps are "f:name", "k:{…}" for items of keyed lists and
/// "v:…" for members of sets. A node is in the set itself when <see cref="Self"/> is true. Every write of every object
/// goes through some of these: children lie sorted in one list, and leaves have none.
/// </summary>
public sealed class FieldTree
{
    private static readonly List<KeyValuePair<string, FieldTree>> None = [];

    private List<KeyValuePair<string, FieldTree>>? children;

    public bool Self { get; set; }

    /// <summary>In ordinal order of the steps.</summary>
    public IReadOnlyList<KeyValuePair<string, FieldTree>> Children => Steps;

    private List<KeyValuePair<string, FieldTree>> Steps => children ?? None;

    public bool IsEmpty => !Self && Steps.Count == 0;

    public FieldTree? this[string step] => Find(step) is var at && at >= 0 ? children![at].Value : null;

    public FieldTree At(string step)
    {
        var at = Find(step);
        if (at >= 0) return children![at].Value;
        var made = new FieldTree();
        (children ??= []).Insert(~at, new(step, made));
        return made;
    }

    public static FieldTree From(JsonMap fieldsV1)
    {
        var tree = new FieldTree();
        foreach (var (step, inner) in fieldsV1)
        {
            if (step == ".")
            {
                tree.Self = true;
                continue;
            }
            var child = tree.At(step);
            if (inner is not JsonMap { Count: > 0 } map)
            {
                child.Self = true;
                continue;
            }
            var parsed = From(map);
            (child.Self, child.children) = (parsed.Self, parsed.children);
        }
        return tree;
    }

    public JsonMap ToJson()
    {
        var map = new JsonMap();
        if (Self && Steps.Count > 0) map.Add(".", new JsonMap());
        foreach (var (step, child) in Steps) map.Add(step, child.ToJson());
        return map;
    }

    /// <summary>Takes a whole subtree in; what is there under that step already stays and is added to.</summary>
    public void Graft(string step, FieldTree inner)
    {
        var at = Find(step);
        if (at < 0)
        {
            (children ??= []).Insert(~at, new(step, inner));
            return;
        }
        var known = children![at].Value;
        known.Self |= inner.Self;
        foreach (var (name, child) in inner.Steps) known.Graft(name, child);
    }

    /// <summary>
    /// A set without some of its paths, of at most two steps each, and without a parent that was in it only for their sake. All that
    /// doesn't lie on the way to them is shared with this one.
    /// </summary>
    public FieldTree Without(IReadOnlyList<string[]> paths)
    {
        var rest = Copy();
        foreach (var path in paths)
        {
            if (path.Length > 1 && rest.Find(path[0]) is var at and >= 0 && ReferenceEquals(rest.children![at].Value, this[path[0]]))
                rest.children[at] = new(path[0], rest.children[at].Value.Copy());
            rest.Remove(path);
        }
        return rest;
    }

    private FieldTree Copy() => new() { Self = Self, children = children is null ? null : [.. children] };

    public FieldTree Union(FieldTree other) => Merge(this, other, static (a, b) => a || b, keepLeft: true, keepRight: true);

    /// <summary>Paths that are here and not there.</summary>
    public FieldTree Except(FieldTree other) => Merge(this, other, static (a, b) => a && !b, keepLeft: true, keepRight: false);

    public FieldTree Intersect(FieldTree other) => Merge(this, other, static (a, b) => a && b, keepLeft: false, keepRight: false);

    public void Remove(params ReadOnlySpan<string> path)
    {
        if (path.Length == 0 || Find(path[0]) is not (var at and >= 0)) return;
        if (path.Length == 1)
        {
            children!.RemoveAt(at);
            return;
        }
        var child = children![at].Value;
        child.Remove(path[1..]);
        if (child.IsEmpty) children.RemoveAt(at);
    }

    public bool SameAs(FieldTree other)
    {
        if (Self != other.Self || Steps.Count != other.Steps.Count) return false;
        for (var i = 0; i < Steps.Count; i++)
            if (Steps[i].Key != other.Steps[i].Key || !Steps[i].Value.SameAs(other.Steps[i].Value)) return false;
        return true;
    }

    /// <summary>Every path in the set as upstream prints it: ".spec.containers[name=\"a\"].image".</summary>
    public IEnumerable<string> Paths(string prefix = "")
    {
        if (Self) yield return prefix;
        foreach (var (step, child) in Steps)
            foreach (var path in child.Paths(prefix + Show(step)))
                yield return path;
    }

    public static string Show(string step) => step[..2] switch
    {
        "f:" => "." + step[2..],
        "k:" when JsonReader.Parse(step[2..]) is JsonMap key =>
            $"[{string.Join(",", key.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value}"))}]",
        "v:" => $"[={step[2..]}]",
        _ => $"[{step[2..]}]",
    };

    /// <summary>Both trees walked side by side; subtrees that only one has are kept or not as a whole, and shared: nobody changes a finished tree.</summary>
    private static FieldTree Merge(FieldTree left, FieldTree right, Func<bool, bool, bool> self, bool keepLeft, bool keepRight)
    {
        var result = new FieldTree { Self = self(left.Self, right.Self) };
        var (a, b) = (left.Steps, right.Steps);
        int i = 0, j = 0;
        while (i < a.Count || j < b.Count)
        {
            var order = i >= a.Count ? 1 : j >= b.Count ? -1 : string.CompareOrdinal(a[i].Key, b[j].Key);
            if (order < 0)
            {
                if (keepLeft) (result.children ??= []).Add(new(a[i].Key, a[i].Value));
                i++;
            }
            else if (order > 0)
            {
                if (keepRight) (result.children ??= []).Add(new(b[j].Key, b[j].Value));
                j++;
            }
            else
            {
                var inner = Merge(a[i].Value, b[j].Value, self, keepLeft, keepRight);
                if (!inner.IsEmpty) (result.children ??= []).Add(new(a[i].Key, inner));
                i++;
                j++;
            }
        }
        return result;
    }

    private int Find(string step)
    {
        var (low, high) = (0, Steps.Count - 1);
        // Most trees are built in order: look at the end first.
        if (high >= 0 && string.CompareOrdinal(Steps[high].Key, step) < 0) return ~(high + 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = string.CompareOrdinal(Steps[middle].Key, step);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return ~low;
    }
}
