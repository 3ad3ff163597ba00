namespace MiniKube.Machinery;

/// <summary>Declared defaults for what is absent, parents before children, so that a defaulted object gets its own defaults too.</summary>
public static class Defaulting
{
    /// <summary>The declared defaults of a kind and then the dependent ones of its hook.</summary>
    public static void Apply(Kind kind, JsonMap tree)
    {
        Apply(kind.Schema.Value, tree);
        kind.Hooks.Default?.Invoke(tree);
    }

    public static void Apply(Schema schema, Json? value)
    {
        switch (value)
        {
            case JsonMap map when schema.Values is { } values:
                if (!HasDefaults(values.Value)) return;
                foreach (var (_, member) in map) Apply(values.Value, member);
                return;
            case JsonMap map:
                foreach (var field in schema.Fields.WithDefault)
                    if (!map.Has(field.Name)) map.Set(field.Name, field.Default!.Clone());
                foreach (var (key, member) in map)
                    if (member is JsonMap or JsonList && schema.Fields[key] is { } known) Apply(known.Schema.Value, member);
                return;
            case JsonList list when schema.Items is { } items:
                if (!HasDefaults(items.Value)) return;
                foreach (var item in list) Apply(items.Value, item);
                return;
        }
    }

    private static bool HasDefaults(Schema schema) => schema.Type is SchemaType.Object or SchemaType.Array;
}
