namespace MiniKube.Machinery;

/// <summary>
/// A set of field paths as a tree, in the shape of FieldsV1: steps are "f:name", "k:{…}" for items of keyed lists and
/// "v:…" for members of sets. A node is in the set itself when <see cref="Self"/> is true.
/// </summary>
public sealed class FieldTree
{
    private readonly SortedDictionary<string, FieldTree> children = new(StringComparer.Ordinal);

    public bool Self { get; set; }

    public IReadOnlyDictionary<string, FieldTree> Children => children;

    public bool IsEmpty => !Self && children.Count == 0;

    public FieldTree? this[string step] => children.GetValueOrDefault(step);

    public FieldTree At(string step)
    {
        if (!children.TryGetValue(step, out var child)) children[step] = child = new FieldTree();
        return child;
    }

    public static FieldTree From(JsonMap fieldsV1)
    {
        var tree = new FieldTree();
        foreach (var (step, inner) in fieldsV1)
        {
            if (step == ".") tree.Self = true;
            else if (inner is JsonMap { Count: > 0 } map) tree.children[step] = From(map);
            else tree.At(step).Self = true;
        }
        return tree;
    }

    public JsonMap ToJson()
    {
        var map = new JsonMap();
        if (Self && children.Count > 0) map.Add(".", new JsonMap());
        foreach (var (step, child) in children) map.Add(step, child.ToJson());
        return map;
    }

    public FieldTree Clone()
    {
        var copy = new FieldTree { Self = Self };
        foreach (var (step, child) in children) copy.children[step] = child.Clone();
        return copy;
    }

    public FieldTree Union(FieldTree other)
    {
        var result = Clone();
        result.Self |= other.Self;
        foreach (var (step, child) in other.children)
            result.children[step] = result.children.TryGetValue(step, out var mine) ? mine.Union(child) : child.Clone();
        return result;
    }

    /// <summary>Paths that are here and not there.</summary>
    public FieldTree Except(FieldTree other)
    {
        var result = new FieldTree { Self = Self && !other.Self };
        foreach (var (step, child) in children)
        {
            var rest = other.children.TryGetValue(step, out var theirs) ? child.Except(theirs) : child.Clone();
            if (!rest.IsEmpty) result.children[step] = rest;
        }
        return result;
    }

    public FieldTree Intersect(FieldTree other)
    {
        var result = new FieldTree { Self = Self && other.Self };
        foreach (var (step, child) in children)
        {
            if (!other.children.TryGetValue(step, out var theirs)) continue;
            var common = child.Intersect(theirs);
            if (!common.IsEmpty) result.children[step] = common;
        }
        return result;
    }

    public void Remove(params ReadOnlySpan<string> path)
    {
        if (path.Length == 0 || !children.TryGetValue(path[0], out var child)) return;
        if (path.Length == 1)
        {
            children.Remove(path[0]);
            return;
        }
        child.Remove(path[1..]);
        if (child.IsEmpty) children.Remove(path[0]);
    }

    public bool SameAs(FieldTree other)
    {
        if (Self != other.Self || children.Count != other.children.Count) return false;
        foreach (var (step, child) in children)
            if (!other.children.TryGetValue(step, out var theirs) || !child.SameAs(theirs)) return false;
        return true;
    }

    /// <summary>Every path in the set as upstream prints it: ".spec.containers[name=\"a\"].image".</summary>
    public IEnumerable<string> Paths(string prefix = "")
    {
        if (Self) yield return prefix;
        foreach (var (step, child) in children)
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
}
