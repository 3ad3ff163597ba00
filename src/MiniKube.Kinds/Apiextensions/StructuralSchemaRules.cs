using System.Text.RegularExpressions;
using MiniKube.Machinery;
using MiniKube.Machinery.Cel;

namespace MiniKube.Kinds.Apiextensions;

/// <summary>
/// A schema must say the type of everything outside of allOf, anyOf, oneOf and not, and nothing but restrictions inside
/// of them; only then can objects be pruned and defaulted by it.
/// </summary>
internal static class StructuralSchemaRules
{
    private enum Place
    {
        Root,
        Item,
        Field,
    }

    private static readonly (string Member, string Detail)[] NotNested =
    [
        ("type", "must be empty to be structural"), ("additionalProperties", "must be undefined to be structural"),
        ("default", "must be undefined to be structural"), ("title", "must be empty to be structural"),
        ("description", "must be empty to be structural"), ("nullable", "must be false to be structural"),
        ("externalDocs", "must be undefined to be structural"), ("x-kubernetes-preserve-unknown-fields", "must be false to be structural"),
        ("x-kubernetes-embedded-resource", "must be false to be structural"), ("x-kubernetes-int-or-string", "must be false to be structural"),
        ("x-kubernetes-list-map-keys", "must be empty to be structural"), ("x-kubernetes-list-type", "must be undefined to be structural"),
        ("x-kubernetes-map-type", "must be undefined to be structural"), ("x-kubernetes-validations", "must be empty to be structural"),
    ];

    private static readonly (string Member, string Detail)[] NeverSupported =
    [
        ("id", "id is not supported"), ("additionalItems", "additionalItems is not supported"),
        ("patternProperties", "patternProperties is not supported"), ("definitions", "definitions is not supported"),
        ("dependencies", "dependencies is not supported"), ("$ref", "$ref is not supported"),
    ];

    public static void Check(Spot schema)
    {
        var before = schema.Errors.Count;
        Standard(schema);
        if (schema.Errors.Count > before) return;
        Structure(schema, Place.Root);
        ListTypes(schema);
        Defaults(schema);
        if (schema.Errors.Count == before) Rules(schema, isRoot: true);
    }

    /// <summary>What no definition may use, wherever it stands.</summary>
    private static void Standard(Spot schema)
    {
        foreach (var (member, detail) in NeverSupported)
            if (schema[member].IsSet) schema[member].Forbidden(detail);
        if (schema["type"].Text == "null") schema["type"].Forbidden("type cannot be set to null");
        else if (!schema["type"].IsBlank && schema["type"].Text is not ("array" or "boolean" or "integer" or "number" or "object" or "string"))
            schema["type"].NotSupported("array", "boolean", "integer", "number", "object", "string");
        if (schema["items"].Value is JsonList) schema["items"].Forbidden("items must be a schema object and not an array");
        if (schema["uniqueItems"].Bool == true)
            schema["uniqueItems"].Forbidden("uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
        if (schema["additionalProperties"].Value is JsonMap or JsonBool { Value: false } && schema["properties"].Map.Count > 0)
            schema["additionalProperties"].Forbidden("additionalProperties and properties are mutual exclusive");
        foreach (var inner in Children(schema)) Standard(inner);
    }

    private static IEnumerable<Spot> Children(Spot schema)
    {
        foreach (var (_, property) in schema["properties"].Entries()) yield return property;
        if (schema["items"].Value is JsonMap) yield return schema["items"];
        if (schema["additionalProperties"].Value is JsonMap) yield return schema["additionalProperties"];
        if (schema["not"].Value is JsonMap) yield return schema["not"];
        foreach (var junctor in new[] { "allOf", "anyOf", "oneOf" })
            foreach (var branch in schema[junctor].Items()) yield return branch;
    }

    private static void Structure(Spot schema, Place place)
    {
        var type = schema["type"];
        if (type.Text == "array" && !schema["items"].IsSet) schema["items"].Required("must be specified");
        if (schema["items"].Value is JsonMap) Structure(schema["items"], Place.Item);
        foreach (var (name, property) in schema["properties"].Entries())
            if (!(place == Place.Root && name == "metadata")) Structure(property, Place.Field);
        if (schema["additionalProperties"].IsSet)
        {
            if (place == Place.Root) schema["additionalProperties"].Forbidden("must not be used at the root");
            if (schema["additionalProperties"].Value is JsonMap) Structure(schema["additionalProperties"], Place.Field);
        }
        Extensions(schema, place);
        foreach (var junctor in (ReadOnlySpan<string>)["anyOf", "allOf", "oneOf"])
        {
            if (IsIntOrString(schema, junctor)) continue;
            foreach (var branch in schema[junctor].Items()) Nested(branch, junctor == "allOf" && schema["x-kubernetes-int-or-string"].Bool == true);
        }
        if (schema["not"].IsSet) Nested(schema["not"], mayBeIntOrString: false);
        Pattern(schema["pattern"]);
        Metadata(schema, place);
    }

    private static void Extensions(Spot schema, Place place)
    {
        var type = schema["type"];
        var (embedded, preserve, intOrString) = (schema["x-kubernetes-embedded-resource"].Bool == true,
            schema["x-kubernetes-preserve-unknown-fields"].Bool == true, schema["x-kubernetes-int-or-string"].Bool == true);
        if (schema["x-kubernetes-preserve-unknown-fields"].Bool == false)
            schema["x-kubernetes-preserve-unknown-fields"].Invalid("must be true or undefined");
        if (intOrString && preserve)
            schema["x-kubernetes-preserve-unknown-fields"].Invalid("must be false if x-kubernetes-int-or-string is true");
        if (intOrString && embedded) schema["x-kubernetes-embedded-resource"].Invalid("must be false if x-kubernetes-int-or-string is true");
        if (intOrString && !type.IsBlank) type.Invalid("must be empty if x-kubernetes-int-or-string is true");
        if (embedded && type.Text != "object")
        {
            if (type.IsBlank) type.Required("must be object if x-kubernetes-embedded-resource is true");
            else type.Invalid("must be object if x-kubernetes-embedded-resource is true");
        }
        else if (type.IsBlank && !intOrString && !preserve)
        {
            type.Required(place switch
            {
                Place.Root => "must not be empty at the root",
                Place.Item => "must not be empty for specified array items",
                _ => "must not be empty for specified object fields",
            });
        }
        if (place != Place.Root) return;
        if (!type.IsBlank && type.Text != "object") type.Invalid("must be object at the root");
        if (schema["nullable"].Bool == true) schema["nullable"].Forbidden("nullable cannot be true at the root");
    }

    private static void Metadata(Spot schema, Place place)
    {
        if (place != Place.Root) return;
        foreach (var member in (ReadOnlySpan<string>)["kind", "apiVersion"])
        {
            var type = schema["properties"].At(member)["type"];
            if (schema["properties"].Map.Has(member) && type.Text != "string") type.Invalid(type.Text, "must be string");
        }
        var metadata = schema["properties"].At("metadata");
        if (!metadata.IsSet) return;
        if (metadata["type"].Text != "object") metadata["type"].Invalid(metadata["type"].Text, "must be object");
        if (metadata.Map.Any(m => m.Key is not ("type" or "properties" or "description")) || metadata["properties"].Map.Keys.Any(k => k is not ("name" or "generateName")))
            metadata.Forbidden("must not specify anything other than name and generateName, but metadata is implicitly specified");
    }

    private static void Nested(Spot schema, bool mayBeIntOrString)
    {
        foreach (var (member, detail) in NotNested)
        {
            var at = schema[member];
            if (at.IsSet && at.Value is not (JsonBool { Value: false } or JsonText { Value: "" })) at.Forbidden(detail);
        }
        foreach (var (name, property) in schema["properties"].Entries())
        {
            if (name == "metadata") property.Forbidden("must not be specified in a nested context");
            Nested(property, mayBeIntOrString: false);
        }
        if (schema["items"].Value is JsonMap) Nested(schema["items"], mayBeIntOrString: false);
        if (schema["not"].Value is JsonMap) Nested(schema["not"], mayBeIntOrString: false);
        foreach (var junctor in (ReadOnlySpan<string>)["anyOf", "allOf", "oneOf"])
        {
            if (mayBeIntOrString && IsIntegerOrString(schema[junctor].List) && junctor == "anyOf") continue;
            foreach (var branch in schema[junctor].Items()) Nested(branch, mayBeIntOrString: false);
        }
        Pattern(schema["pattern"]);
    }

    /// <summary>The one place where types may stand in a junctor: to spell out what x-kubernetes-int-or-string means.</summary>
    private static bool IsIntOrString(Spot schema, string junctor) =>
        junctor == "anyOf" && schema["x-kubernetes-int-or-string"].Bool == true && IsIntegerOrString(schema["anyOf"].List);

    private static bool IsIntegerOrString(JsonList branches) =>
        branches.Count == 2 && branches[0] is JsonMap { Count: 1 } a && a.Text("type") == "integer" && branches[1] is JsonMap { Count: 1 } b && b.Text("type") == "string";

    private static void Pattern(Spot pattern)
    {
        if (pattern.IsBlank) return;
        try
        {
            _ = new Regex(pattern.Text, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        }
        catch (ArgumentException e)
        {
            pattern.Invalid($"must be a valid regular expression, but isn't: {e.Message}");
        }
    }

    private static void ListTypes(Spot schema)
    {
        var (type, keys, map) = (schema["x-kubernetes-list-type"], schema["x-kubernetes-list-map-keys"], schema["x-kubernetes-map-type"]);
        if (type.IsSet)
        {
            if (schema["type"].Text != "array") schema["type"].Invalid(schema["type"].Text, "must be array if x-kubernetes-list-type is specified");
            if (type.Text is not ("atomic" or "map" or "set")) type.NotSupported("atomic", "map", "set");
        }
        if (type.Text == "map") Keys(schema, keys);
        else if (keys.IsSet) type.Invalid(type.Text, "must be map if x-kubernetes-list-map-keys is non-empty");
        if (map.IsSet)
        {
            if (schema["type"].Text != "object") schema["type"].Invalid(schema["type"].Text, "must be object if x-kubernetes-map-type is specified");
            if (map.Text is not ("atomic" or "granular")) map.NotSupported("atomic", "granular");
        }
        foreach (var inner in Children(schema)) ListTypes(inner);
    }

    private static void Keys(Spot schema, Spot keys)
    {
        if (keys.List.Count == 0)
        {
            keys.Required("must not be empty if x-kubernetes-list-type is map");
            return;
        }
        var items = schema["items"];
        if (items["type"].Text != "object") items["type"].Invalid(items["type"].Text, "must be object if parent array's x-kubernetes-list-type is map");
        var required = items["required"].Texts.ToHashSet(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in keys.Items())
        {
            if (!seen.Add(key.Text)) key.Duplicate();
            var property = items["properties"].At(key.Text);
            if (!property.IsSet)
            {
                key.Invalid("entries must all be names of item properties");
                continue;
            }
            if (property["type"].Text is "array" or "object") property["type"].Invalid("must be a scalar type if parent array's x-kubernetes-list-type is map");
            if (!property["default"].IsSet && !required.Contains(key.Text))
                property["default"].Required("this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property");
        }
    }

    /// <summary>Defaults must be what the schema allows.</summary>
    private static void Defaults(Spot schema)
    {
        if (schema["default"] is { IsSet: true } value)
        {
            var faults = new List<FieldError>();
            StructuralRules.Check(CustomSchema.Compile(schema.Map), value.Value!, value.Path, faults);
            schema.Errors.AddRange(faults);
        }
        foreach (var inner in Children(schema)) Defaults(inner);
    }

    /// <summary>Expressions must compile against the schema they stand in.</summary>
    private static void Rules(Spot schema, bool isRoot)
    {
        var rules = schema["x-kubernetes-validations"];
        if (rules.List.Count > 0)
        {
            var self = isRoot ? CustomSchema.Root(schema.Map, "") : CustomSchema.Compile(schema.Map);
            foreach (var rule in rules.Items()) Rule(rule, self);
        }
        foreach (var inner in Children(schema)) Rules(inner, isRoot: false);
    }

    private static void Rule(Spot rule, Schema self)
    {
        var (expression, message, reason) = (rule["rule"], rule["message"], rule["reason"]);
        var optional = rule["optionalOldSelf"].Bool == true;
        if (expression.Text.Trim().Length == 0) expression.Required("rule is not specified");
        else if (CelRules.Fault(expression.Text, self, optional) is { } fault) expression.Invalid($"compilation failed: {fault}");
        else if (optional && !expression.Text.Contains("oldSelf", StringComparison.Ordinal))
            rule["optionalOldSelf"].Invalid("may not be set if oldSelf is not used in rule");
        if (message.IsSet && message.Text.Trim().Length == 0) message.Invalid("message must be non-empty if specified");
        else if (message.Text.Contains('\n')) message.Invalid("message must not contain line breaks");
        if (rule["messageExpression"] is { IsSet: true } computed && CelRules.Fault(computed.Text, self, optional) is { } wrong)
            computed.Invalid($"messageExpression compilation failed: {wrong}");
        if (reason.IsSet) reason.OneOfIfSet("FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate");
    }
}
