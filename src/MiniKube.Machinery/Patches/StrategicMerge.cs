namespace MiniKube.Machinery;

/// <summary>
/// Strategic merge patch: a merge patch that knows from the schema which lists are keyed, and obeys the directives
/// $patch, $retainKeys, $setElementOrder/x and $deleteFromPrimitiveList/x.
/// </summary>
public static class StrategicMerge
{
    private const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string OrderPrefix = "$setElementOrder/";
    private const string DropPrefix = "$deleteFromPrimitiveList/";

    /// <summary>The target, changed in place, or what takes its place; no use any more when the patch was bad.</summary>
    public static Result<JsonMap> Apply(JsonMap target, JsonMap patch, Schema schema)
    {
        try
        {
            return MergeMap(target, patch, schema);
        }
        catch (BadPatch bad)
        {
            return new ApiError(500, "", bad.Message);
        }
    }

    // Unwinds the recursion of one patch and never leaves this file.
    private sealed class BadPatch(string message) : Exception(message);

    private static JsonMap MergeMap(JsonMap target, JsonMap patch, Schema? schema)
    {
        switch (patch[Directive])
        {
            case null:
                break;
            case JsonText { Value: "replace" }:
                return Plain(patch);
            case JsonText { Value: "delete" }:
                return [];
            case JsonText { Value: "merge" }:
                break;
            case var other:
                throw new BadPatch($"unknown patch type: {GoText.Of(other)} in map: {GoText.Of(patch)}");
        }
        if (patch.List(RetainKeys) is { } retained)
        {
            var keep = retained.Texts().ToHashSet();
            target.RemoveWhere((key, _) => !keep.Contains(key));
        }
        foreach (var (key, value) in patch)
        {
            if (key is Directive or RetainKeys || key.StartsWith(OrderPrefix, StringComparison.Ordinal)) continue;
            if (key.StartsWith(DropPrefix, StringComparison.Ordinal))
            {
                var drop = value as JsonList ?? throw new BadPatch($"invalid value {GoText.Of(value)} for {key}");
                target.List(key[DropPrefix.Length..])?.RemoveAll(item => drop.Any(item.SameAs));
                continue;
            }
            if (value.IsNull)
            {
                target.Remove(key);
                continue;
            }
            var inner = Member(schema, key);
            var current = target[key];
            target.Set(key, value switch
            {
                JsonMap map => MergeMap(current as JsonMap ?? [], map, inner),
                JsonList list => MergeList(current as JsonList, list, inner, patch.List(OrderPrefix + key)),
                _ => value,
            });
        }
        // An order may come alone, to reorder a list that the patch does not otherwise touch.
        foreach (var (key, value) in patch)
        {
            if (!key.StartsWith(OrderPrefix, StringComparison.Ordinal) || value is not JsonList order) continue;
            var name = key[OrderPrefix.Length..];
            if (!patch.Has(name) && target.List(name) is { } list)
                target.Set(name, Ordered(list, [.. list], order, Member(schema, name)?.PatchMergeKey));
        }
        return target;
    }

    private static Schema? Member(Schema? schema, string key) =>
        schema?.Fields[key]?.Schema.Value ?? schema?.Values?.Value;

    private static JsonList MergeList(JsonList? current, JsonList patch, Schema? schema, JsonList? order)
    {
        if (schema is not { PatchMerge: true }) return (JsonList)PlainValue(patch);
        var mergeKey = schema.PatchMergeKey;
        if (patch.Count > 0 && patch[0] is not JsonMap && mergeKey is null or "")
        {
            var union = new List<Json>(current ?? []);
            foreach (var item in patch)
                if (!union.Any(item.SameAs)) union.Add(item);
            return Ordered(current ?? [], union, order ?? patch, null);
        }
        if (mergeKey is null or "") return (JsonList)PlainValue(patch);

        if (patch.Maps().Any(m => m.Text(Directive) == "replace"))
            return new JsonList(patch.Maps().Where(m => m.Text(Directive) != "replace").Select(m => (Json)Plain(m)));

        var merged = new List<Json>(current ?? []);
        foreach (var item in patch)
        {
            if (item is not JsonMap change) throw new BadPatch($"expected a map in the list, got {GoText.Of(item)}");
            var id = change[mergeKey] ?? throw new BadPatch($"map: {GoText.Of(change)} does not contain declared merge key: {mergeKey}");
            switch (change[Directive])
            {
                case JsonText { Value: "delete" }:
                    merged.RemoveAll(m => id.SameAs((m as JsonMap)?[mergeKey]));
                    continue;
                case null or JsonText { Value: "merge" }:
                    break;
                case var other:
                    throw new BadPatch($"unknown patch type: {GoText.Of(other)} in map: {GoText.Of(change)}");
            }
            var at = merged.FindIndex(m => id.SameAs((m as JsonMap)?[mergeKey]));
            var result = MergeMap(at >= 0 ? (JsonMap)merged[at] : [], change, schema.Items?.Value);
            if (at >= 0) merged[at] = result;
            else merged.Add(result);
        }
        return Ordered(current ?? [], merged, order ?? new JsonList(patch.Maps().Where(m => m.Text(Directive) != "delete")), mergeKey);
    }

    /// <summary>
    /// Items named by the order come in that order; the others are woven in between where the live list had them
    /// relative to the named ones.
    /// </summary>
    private static JsonList Ordered(JsonList live, List<Json> merged, JsonList order, string? mergeKey)
    {
        Json? Id(Json item) => mergeKey is null or "" ? item : (item as JsonMap)?[mergeKey];
        int Rank(JsonList list, Json item)
        {
            for (var i = 0; i < list.Count; i++)
                if (Id(list[i]) is { } id && id.SameAs(Id(item))) return i;
            return -1;
        }

        var named = merged.Where(m => Rank(order, m) >= 0).OrderBy(m => Rank(order, m)).ToList();
        var others = merged.Where(m => Rank(order, m) < 0).ToList();
        var result = new JsonList();
        int n = 0, o = 0;
        while (n < named.Count || o < others.Count)
        {
            if (n >= named.Count)
            {
                result.Add(others[o++]);
                continue;
            }
            if (o < others.Count)
            {
                var (other, next) = (Rank(live, others[o]), Rank(live, named[n]));
                if (other >= 0 && next >= 0 && other < next)
                {
                    result.Add(others[o++]);
                    continue;
                }
            }
            result.Add(named[n++]);
        }
        return result;
    }

    private static Json PlainValue(Json value) => value switch
    {
        JsonMap map => Plain(map),
        JsonList list => new JsonList(list.Where(i => i is not JsonMap m || m.Text(Directive) is not "delete").Select(PlainValue)),
        _ => value,
    };

    private static JsonMap Plain(JsonMap map)
    {
        var plain = new JsonMap();
        foreach (var (key, value) in map)
            if (key[0] != '$' && !value.IsNull) plain.Set(key, PlainValue(value));
        return plain;
    }
}
