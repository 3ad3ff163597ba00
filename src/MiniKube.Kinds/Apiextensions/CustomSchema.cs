using MiniKube.Kinds.Meta;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Apiextensions;

/// <summary>An OpenAPI v3 schema of a definition to the same schema that records compile to.</summary>
internal static class CustomSchema
{
    private static readonly Schema Any = new() { Type = SchemaType.Any, PreserveUnknown = true };
    private static readonly Schema Text = new() { Type = SchemaType.String };

    /// <summary>The schema of a version; apiVersion, kind and metadata are everybody's.</summary>
    public static Schema Root(JsonMap? openApi, string typeName) => Resource(Compile(openApi ?? []), openApi ?? []) with
    {
        Type = SchemaType.Object,
        TypeName = typeName,
        PreserveUnknown = openApi is null || openApi.Bool("x-kubernetes-preserve-unknown-fields") == true,
    };

    private static Schema Resource(Schema schema, JsonMap openApi)
    {
        var own = schema.Fields.All.Where(f => f.Name is not ("apiVersion" or "kind" or "metadata"));
        var required = (openApi.List("required") ?? []).Texts().ToHashSet(StringComparer.Ordinal);
        return schema with
        {
            Fields = new FieldSet(
            [
                new Field("apiVersion", Text) { Description = "Group and version of the kind." },
                new Field("kind", Text) { Description = "Name of the kind." },
                new Field("metadata", RecordSchema.Of<ObjectMeta>()) { Description = "Name, labels and what else every object has.", Required = required.Contains("metadata") },
                .. own,
            ]),
        };
    }

    public static Schema Compile(JsonMap openApi)
    {
        var properties = openApi.Map("properties");
        var required = (openApi.List("required") ?? []).Texts().ToHashSet(StringComparer.Ordinal);
        var schema = new Schema
        {
            Type = TypeOf(openApi),
            Description = openApi.Text("description") ?? "",
            Fields = new FieldSet(
            [
                .. (properties ?? []).Select(p => FieldOf(p.Key, p.Value as JsonMap ?? [], required.Contains(p.Key))),
                .. required.Where(r => properties?.Has(r) != true).Select(r => new Field(r, Any) { Required = true }),
            ]),
            Items = openApi.Map("items") is { } items ? new SchemaRef(() => Compile(items)) : null,
            Values = ValuesOf(openApi["additionalProperties"], properties),
            PreserveUnknown = openApi.Bool("x-kubernetes-preserve-unknown-fields") == true,
            EmbeddedResource = openApi.Bool("x-kubernetes-embedded-resource") == true,
            Nullable = openApi.Bool("nullable") == true,
            ListType = openApi.Text("x-kubernetes-list-type") switch { "map" => ListType.Map, "set" => ListType.Set, _ => ListType.Atomic },
            ListTypeDeclared = openApi.Has("x-kubernetes-list-type"),
            MapKeys = [.. (openApi.List("x-kubernetes-list-map-keys") ?? []).Texts()],
            AtomicMap = openApi.Text("x-kubernetes-map-type") == "atomic",
            Format = openApi.Text("format"),
            Enum = openApi.List("enum") is { } values ? [.. (IEnumerable<Json>)values] : [],
            Minimum = (openApi["minimum"] as JsonNumber)?.Real,
            Maximum = (openApi["maximum"] as JsonNumber)?.Real,
            ExclusiveMinimum = openApi.Bool("exclusiveMinimum") == true,
            ExclusiveMaximum = openApi.Bool("exclusiveMaximum") == true,
            MultipleOf = (openApi["multipleOf"] as JsonNumber)?.Real,
            MinLength = (int?)openApi.Whole("minLength"),
            MaxLength = (int?)openApi.Whole("maxLength"),
            Pattern = openApi.Text("pattern"),
            MinItems = (int?)openApi.Whole("minItems"),
            MaxItems = (int?)openApi.Whole("maxItems"),
            UniqueItems = openApi.Bool("uniqueItems") == true,
            MinProperties = (int?)openApi.Whole("minProperties"),
            MaxProperties = (int?)openApi.Whole("maxProperties"),
            AllOf = Several(openApi, "allOf"),
            AnyOf = Several(openApi, "anyOf"),
            OneOf = Several(openApi, "oneOf"),
            Not = openApi.Map("not") is { } not ? Compile(not) : null,
            Rules = [.. (openApi.List("x-kubernetes-validations") ?? []).Maps().Select(RuleOf)],
        };
        return schema.EmbeddedResource ? Resource(schema, openApi) : schema;
    }

    /// <summary>Whether anything is filled in, at any depth.</summary>
    public static bool HasDefaults(JsonMap? openApi) => openApi is not null
        && (openApi.Has("default") || HasDefaults(openApi.Map("items")) || HasDefaults(openApi.Map("additionalProperties"))
            || (openApi.Map("properties") ?? []).Any(p => HasDefaults(p.Value as JsonMap)));

    private static SchemaType TypeOf(JsonMap openApi)
    {
        if (openApi.Bool("x-kubernetes-int-or-string") == true) return SchemaType.IntOrString;
        return openApi.Text("type") switch
        {
            "object" => SchemaType.Object,
            "array" => SchemaType.Array,
            "string" => SchemaType.String,
            "integer" => SchemaType.Integer,
            "number" => SchemaType.Number,
            "boolean" => SchemaType.Boolean,
            _ => SchemaType.Any,
        };
    }

    private static Field FieldOf(string name, JsonMap openApi, bool required) => new(name, new SchemaRef(() => Compile(openApi)))
    {
        Required = required,
        Default = openApi["default"],
        Description = openApi.Text("description") ?? "",
    };

    private static SchemaRef? ValuesOf(Json? additional, JsonMap? properties) => additional switch
    {
        JsonMap schema => new SchemaRef(() => Compile(schema)),
        JsonBool { Value: true } when properties is null => Any,
        _ => null,
    };

    private static Schema[] Several(JsonMap openApi, string name) => [.. (openApi.List(name) ?? []).Maps().Select(Compile)];

    private static CelRule RuleOf(JsonMap rule) => new(
        rule.Text("rule") ?? "", rule.Text("message"), rule.Text("messageExpression"), rule.Text("reason"), rule.Text("fieldPath"),
        rule.Bool("optionalOldSelf") == true);
}
