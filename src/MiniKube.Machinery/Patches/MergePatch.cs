namespace MiniKube.Machinery;

/// <summary>RFC 7386: members replace, null removes, everything that is not an object replaces as a whole.</summary>
public static class MergePatch
{
    /// <summary>Changes the target in place; the patch is not kept.</summary>
    public static void Apply(JsonMap target, JsonMap patch)
    {
        foreach (var (key, value) in patch)
        {
            if (value.IsNull)
            {
                target.Remove(key);
            }
            else if (value is JsonMap change)
            {
                var inner = target.Map(key);
                if (inner is null) target.Set(key, inner = new JsonMap());
                Apply(inner, change);
            }
            else
            {
                target.Set(key, value.Clone());
            }
        }
    }

    /// <summary>The patch that turns one object into the other.</summary>
    public static JsonMap Between(JsonMap from, JsonMap to)
    {
        var patch = new JsonMap();
        foreach (var (key, value) in from)
        {
            var wanted = to[key];
            if (wanted is null) patch.Set(key, Json.Null);
            else if (value is JsonMap before && wanted is JsonMap after)
            {
                var inner = Between(before, after);
                if (inner.Count > 0) patch.Set(key, inner);
            }
            else if (!value.SameAs(wanted)) patch.Set(key, wanted.Clone());
        }
        foreach (var (key, value) in to)
            if (!from.Has(key)) patch.Set(key, value.Clone());
        return patch;
    }
}
