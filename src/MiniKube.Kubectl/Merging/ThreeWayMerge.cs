using MiniKube.Kinds;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>
/// The patch that makes of a live object what the user has now, where he said something: what he says, is set; what he said before
/// and says no more, is taken out; what others set stays. With a schema it is a strategic merge patch, without one a merge patch.
/// </summary>
internal static class ThreeWayMerge
{
    public static JsonMap Patch(JsonMap original, JsonMap modified, JsonMap live, Schema? schema) => Map(original, modified, live, schema);

    /// <summary>The shape of a built-in kind; null for types that bring their own.</summary>
    public static Schema? SchemaOf(string apiVersion, string kind) => BuiltInKinds.Find(apiVersion, kind)?.Schema.Value;

    private static JsonMap Map(JsonMap original, JsonMap modified, JsonMap live, Schema? schema)
    {
        var patch = new JsonMap();
        foreach (var (key, wanted) in modified)
        {
            if (wanted.IsNull)
            {
                if (live.Has(key)) patch.Set(key, Json.Null);
                continue;
            }
            var (before, now, inner) = (original[key], live[key], Member(schema, key));
            switch (wanted)
            {
                case JsonMap map when now is JsonMap current:
                    var change = Map(before as JsonMap ?? [], map, current, inner);
                    if (change.Count == 0) break;
                    if (inner is { PatchRetainKeys: true }) change.Set("$retainKeys", JsonList.OfTexts(map.Keys.Order(StringComparer.Ordinal)));
                    patch.Set(key, change);
                    break;
                case JsonList list when now is JsonList current && inner is { PatchMerge: true }:
                    List(patch, key, before as JsonList ?? [], list, current, inner);
                    break;
                default:
                    if (now is null || !wanted.SameAs(now)) patch.Set(key, wanted.Clone());
                    break;
            }
        }
        foreach (var (key, _) in original)
            if (!modified.Has(key) && live.Has(key)) patch.Set(key, Json.Null);
        return patch;
    }

    private static void List(JsonMap patch, string key, JsonList original, JsonList modified, JsonList live, Schema schema)
    {
        if (schema.PatchMergeKey is not { Length: > 0 } id)
        {
            var added = new JsonList(modified.Where(m => !live.Any(m.SameAs)));
            var gone = new JsonList(original.Where(o => !modified.Any(o.SameAs) && live.Any(o.SameAs)));
            if (added.Count > 0) patch.Set(key, added.Clone());
            if (gone.Count > 0) patch.Set("$deleteFromPrimitiveList/" + key, gone.Clone());
            if (added.Count > 0 || gone.Count > 0) patch.Set("$setElementOrder/" + key, modified.Clone());
            return;
        }
        JsonMap? Same(JsonList among, JsonMap item) => item[id] is { } own ? among.Maps().FirstOrDefault(m => own.SameAs(m[id])) : null;
        var items = new JsonList();
        foreach (var item in modified.Maps())
        {
            if (Same(live, item) is not { } current)
            {
                items.Add(item.Clone());
                continue;
            }
            var change = Map(Same(original, item) ?? [], item, current, schema.Items?.Value);
            if (change.Count == 0) continue;
            if (schema is { PatchRetainKeys: true }) change.Set("$retainKeys", JsonList.OfTexts(item.Keys.Order(StringComparer.Ordinal)));
            change.Set(id, item[id]!);
            items.Add(change);
        }
        foreach (var item in original.Maps().Where(o => o.Has(id) && Same(modified, o) is null && Same(live, o) is not null))
            items.Add(new JsonMap { { "$patch", "delete" }, { id, item[id]! } });
        if (items.Count == 0 && InOrder(modified, live, id)) return;
        if (items.Count > 0) patch.Set(key, items);
        patch.Set("$setElementOrder/" + key, new JsonList(modified.Maps().Where(m => m.Has(id)).Select(m => (Json)new JsonMap { { id, m[id]! } })));
    }

    /// <summary>Whether the user's items stand in the live list one after the other as he has them.</summary>
    private static bool InOrder(JsonList modified, JsonList live, string id)
    {
        var at = -1;
        foreach (var item in modified.Maps())
        {
            var found = live.Maps().Select((m, i) => (m, i)).FirstOrDefault(m => item[id] is { } own && own.SameAs(m.m[id]), (m: [], i: -1)).i;
            if (found < at) return false;
            at = found;
        }
        return true;
    }

    private static Schema? Member(Schema? schema, string key) => schema?.Fields[key]?.Schema.Value ?? schema?.Values?.Value;
}
