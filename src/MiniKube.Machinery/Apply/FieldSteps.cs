namespace MiniKube.Machinery;

/// <summary>How lists split into addressable items: by key, by value, or not at all.</summary>
internal static class FieldSteps
{
    public static bool IsGranularMap(Schema? schema, Json value) =>
        value is JsonMap && schema is not { AtomicMap: true } and not { Type: SchemaType.Any };

    public static bool IsGranularList(Schema? schema) => schema is { Type: SchemaType.Array, ListType: not ListType.Atomic };

    public static Schema? Member(Schema? schema, string name) => schema?.Fields[name]?.Schema.Value ?? schema?.Values?.Value;

    /// <summary>The step of a list item; null when the item lacks a key that has no default.</summary>
    public static string? Of(Schema list, Json item)
    {
        if (list.ListType == ListType.Set) return "v:" + item;
        if (item is not JsonMap map) return null;
        var key = new JsonMap();
        foreach (var name in list.MapKeys.Order(StringComparer.Ordinal))
        {
            var value = map[name] ?? list.Items?.Value.Fields[name]?.Default;
            if (value is not null) key.Add(name, value);
        }
        return key.Count == 0 ? null : "k:" + key;
    }

    public static Dictionary<string, Json> ByStep(Schema list, JsonList items)
    {
        var found = new Dictionary<string, Json>(StringComparer.Ordinal);
        foreach (var item in items)
            if (Of(list, item) is { } step) found[step] = item;
        return found;
    }
}
