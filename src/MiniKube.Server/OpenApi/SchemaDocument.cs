using MiniKube.Machinery;

namespace MiniKube.Server.OpenApi;

/// <summary>Schemas as OpenAPI publishes them. Named types are referred to; <see cref="Named"/> collects which.</summary>
internal sealed class SchemaDocument(string refPrefix, bool v3)
{
    private readonly SortedDictionary<string, Schema> named = new(StringComparer.Ordinal);
    private readonly Queue<string> pending = new();

    /// <summary>Makes a named type and everything it refers to part of the document.</summary>
    public string Add(string name, Schema schema)
    {
        if (named.TryAdd(name, schema)) pending.Enqueue(name);
        return name;
    }

    /// <summary>All named types, with their kinds marked.</summary>
    public JsonMap Definitions(IReadOnlyDictionary<string, List<JsonMap>> kindsByType)
    {
        var bodies = new Dictionary<string, JsonMap>(StringComparer.Ordinal);
        while (pending.TryDequeue(out var name))
        {
            var body = Body(named[name]);
            if (kindsByType.TryGetValue(name, out var kinds)) body.Set(OpenApiDocuments.KindsOfType, new JsonList(kinds));
            bodies[name] = body;
        }
        var definitions = new JsonMap();
        foreach (var name in named.Keys) definitions.Set(name, bodies[name]);
        return definitions;
    }

    public JsonMap Ref(string name) => new() { { "$ref", refPrefix + name } };

    /// <summary>The schema at a place of use: a reference when it has a name.</summary>
    private JsonMap Use(Schema schema, string description, Json? initial)
    {
        if (schema.TypeName is { } name && schema.Type == SchemaType.Object)
        {
            var reference = Ref(Add(name, schema));
            if (!v3)
            {
                if (description.Length > 0) reference.Set("description", description);
                return reference;
            }
            if (description.Length == 0 && initial is null) return reference;
            var wrapped = new JsonMap();
            if (description.Length > 0) wrapped.Add("description", description);
            if (initial is not null) wrapped.Add("default", initial);
            wrapped.Add("allOf", JsonList.Of(reference));
            return wrapped;
        }
        var body = Body(schema);
        if (description.Length > 0) body.Set("description", description);
        if (initial is not null && v3) body.Set("default", initial);
        return body;
    }

    private JsonMap Body(Schema schema)
    {
        var body = new JsonMap();
        // Version 2 can't say that more is allowed than is described: clients would refuse what they do not find there.
        var open = !v3 && !schema.Typed && (schema.PreserveUnknown || schema.Nullable);
        if (open && schema.TypeName is not null) return new JsonMap { { "type", "object" } };
        if (schema.Description.Length > 0) body.Add("description", schema.Description);
        if (!open || !schema.Nullable && schema.Type is not (SchemaType.Object or SchemaType.Array)) Type(schema, body);
        Bounds(schema, body);
        if (schema.Fields.Count > 0)
        {
            var required = schema.Fields.All.Where(f => f.Required && (v3 || schema.Typed || !f.Schema.Value.Nullable)).Select(f => f.Name).Order(StringComparer.Ordinal).ToList();
            if (required.Count > 0) body.Add("required", JsonList.OfTexts(required));
            var properties = new JsonMap();
            foreach (var field in schema.Fields.All.OrderBy(f => f.Name, StringComparer.Ordinal))
                properties.Set(field.Name, Use(field.Schema.Value, field.Description, field.Default));
            if (!open) body.Add("properties", properties);
        }
        if (schema.Items is { } items && !open) body.Add("items", Use(items.Value, "", null));
        if (schema.Values is { } values) body.Add("additionalProperties", Use(values.Value, "", null));
        Extensions(schema, body);
        return body;
    }

    private void Type(Schema schema, JsonMap body)
    {
        switch (schema.Type)
        {
            case SchemaType.Object or SchemaType.Array or SchemaType.String or SchemaType.Integer or SchemaType.Number or SchemaType.Boolean:
                body.Add("type", schema.Type.ToString().ToLowerInvariant());
                if (schema.Format is { } format) body.Add("format", format == "date-time-micro" ? "date-time" : format);
                break;
            case SchemaType.IntOrString when v3:
                body.Add("oneOf", JsonList.Of(new JsonMap { { "type", "integer" } }, new JsonMap { { "type", "string" } }));
                body.Add("format", "int-or-string");
                break;
            case SchemaType.IntOrString:
                body.Add("type", "string");
                body.Add("format", "int-or-string");
                break;
            case SchemaType.Quantity when v3:
                body.Add("oneOf", JsonList.Of(new JsonMap { { "type", "string" } }, new JsonMap { { "type", "number" } }));
                break;
            case SchemaType.Quantity:
                body.Add("type", "string");
                break;
            case SchemaType.Any when !schema.PreserveUnknown:
                body.Add("type", "object");
                break;
        }
    }

    private void Bounds(Schema schema, JsonMap body)
    {
        if (schema.Nullable && v3) body.Add("nullable", true);
        if (schema.Enum.Count > 0) body.Add("enum", new JsonList(schema.Enum));
        if (schema.Minimum is { } minimum) body.Add("minimum", Number(minimum));
        if (schema.Maximum is { } maximum) body.Add("maximum", Number(maximum));
        if (schema.MinLength is { } shortest) body.Add("minLength", shortest);
        if (schema.MaxLength is { } longest) body.Add("maxLength", longest);
        if (schema.Pattern is { } pattern) body.Add("pattern", pattern);
        if (schema.MinItems is { } fewest) body.Add("minItems", fewest);
        if (schema.MaxItems is { } most) body.Add("maxItems", most);
        if (schema.UniqueItems) body.Add("uniqueItems", true);
        if (schema.MinProperties is { } few) body.Add("minProperties", few);
        if (schema.MaxProperties is { } many) body.Add("maxProperties", many);
    }

    private static Json Number(double value) => value == Math.Truncate(value) && Math.Abs(value) < 1e15 ? (long)value : value;

    private static void Extensions(Schema schema, JsonMap body)
    {
        if (schema.Type == SchemaType.Array && schema.ListType != ListType.Atomic)
        {
            body.Add("x-kubernetes-list-type", schema.ListType.ToString().ToLowerInvariant());
            if (schema.MapKeys.Count > 0) body.Add("x-kubernetes-list-map-keys", JsonList.OfTexts(schema.MapKeys));
        }
        else if (schema.Type == SchemaType.Array && schema.TypeName is null && schema.ListTypeDeclared && !schema.PatchMerge)
        {
            body.Add("x-kubernetes-list-type", "atomic");
        }
        if (schema.PatchMerge)
        {
            body.Add("x-kubernetes-patch-strategy", schema.PatchRetainKeys ? "merge,retainKeys" : "merge");
            if (schema.PatchMergeKey is { Length: > 0 } key) body.Add("x-kubernetes-patch-merge-key", key);
        }
        else if (schema.PatchRetainKeys)
        {
            body.Add("x-kubernetes-patch-strategy", "retainKeys");
        }
        if (schema.AtomicMap) body.Add("x-kubernetes-map-type", "atomic");
        if (schema.PreserveUnknown) body.Add("x-kubernetes-preserve-unknown-fields", true);
        if (schema.EmbeddedResource) body.Add("x-kubernetes-embedded-resource", true);
    }
}
