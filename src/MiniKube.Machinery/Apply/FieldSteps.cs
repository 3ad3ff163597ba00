namespace MiniKube.Machinery;

/// <summary>How lists split into addressable items: by key, by value, or not at all.</summary>
internal static class FieldSteps
{
    private const int Slots = 4096;
    private static readonly string?[] Seen = new string?[Slots];
    private static readonly Keyed?[] SeenKeys = new Keyed?[Slots];

    public static bool IsGranularMap(Schema? schema, Json value) =>
        value is JsonMap && schema is not { AtomicMap: true } and not { Type: SchemaType.Any };

    public static bool IsGranularList(Schema? schema) => schema is { Type: SchemaType.Array, ListType: not ListType.Atomic };

    /// <summary>The step to a member. Names repeat endlessly; one string serves them all.</summary>
    public static string Of(string name)
    {
        var slot = (uint)name.GetHashCode() % Slots;
        if (Seen[slot] is { } known && known.Length == name.Length + 2 && known.AsSpan(2).SequenceEqual(name)) return known;
        return name.Length > 64 ? "f:" + name : Seen[slot] = "f:" + name;
    }

    public static Schema? Member(Schema? schema, string name) => schema?.Fields[name]?.Schema.Value ?? schema?.Values?.Value;

    /// <summary>The step of a list item; null when the item lacks a key that has no default.</summary>
    public static string? Of(Schema list, Json item)
    {
        if (list.ListType == ListType.Set) return "v:" + item;
        if (item is not JsonMap map) return null;
        if (list.MapKeys.Count == 1 && map[list.MapKeys[0]] is JsonText { Value: var only } && IsPlain(only)) return OfKey(list.MapKeys[0], only);
        var key = new JsonMap();
        foreach (var name in list.MapKeys.Order(StringComparer.Ordinal))
        {
            var value = map[name] ?? list.Items?.Value.Fields[name]?.Default;
            if (value is not null) key.Add(name, value);
        }
        return key.Count == 0 ? null : "k:" + key;
    }

    /// <summary>Items named alike are everywhere, conditions above all: one string serves them as well.</summary>
    private static string OfKey(string name, string value)
    {
        var slot = (uint)value.GetHashCode() % Slots;
        if (SeenKeys[slot] is { } known && known.Name == name && known.Value == value) return known.Step;
        var step = $"k:{{\"{name}\":\"{value}\"}}";
        if (value.Length <= 64) SeenKeys[slot] = new(name, value, step);
        return step;
    }

    private sealed record Keyed(string Name, string Value, string Step);

    /// <summary>Nothing in it that JSON would write otherwise.</summary>
    private static bool IsPlain(string text)
    {
        foreach (var c in text)
            if (c is < ' ' or > '~' or '"' or '\\') return false;
        return true;
    }

    public static Dictionary<string, Json> ByStep(Schema list, JsonList items)
    {
        var found = new Dictionary<string, Json>(items.Count, StringComparer.Ordinal);
        foreach (var item in items)
            if (Of(list, item) is { } step) found[step] = item;
        return found;
    }
}
