using MiniKube.Machinery;

namespace MiniKube.Kinds.Apiextensions;

/// <summary>A CustomResourceDefinition to the kinds it declares: one for each served version.</summary>
public static class CustomKinds
{
    public static IReadOnlyList<Kind> Compile(JsonMap definition)
    {
        var spec = definition.Map("spec") ?? [];
        var versions = (spec.List("versions") ?? []).Maps().ToArray();
        var stored = versions.FirstOrDefault(v => v.Bool("storage") == true);
        return stored is null ? [] : [.. versions.Where(v => v.Bool("served") == true || v == stored).Select(v => KindOf(definition, spec, v, stored))];
    }

    private static Kind KindOf(JsonMap definition, JsonMap spec, JsonMap version, JsonMap stored)
    {
        var names = spec.Map("names") ?? [];
        var (group, name, plural, kind) = (spec.Text("group") ?? "", version.Text("name") ?? "", names.Text("plural") ?? "", names.Text("kind") ?? "");
        var openApi = version.Map("schema")?.Map("openAPIV3Schema");
        var schema = new SchemaRef(() => CustomSchema.Root(openApi, TypeName(group, name, kind)));
        return new Kind
        {
            Group = group,
            Version = name,
            Name = kind,
            Plural = plural,
            Singular = names.Text("singular") ?? kind.ToLowerInvariant(),
            ListName = names.Text("listKind") ?? kind + "List",
            Namespaced = spec.Text("scope") == "Namespaced",
            ShortNames = [.. (names.List("shortNames") ?? []).Texts()],
            Categories = [.. (names.List("categories") ?? []).Texts()],
            Schema = schema,
            Subresources = [.. Subresources(version.Map("subresources"))],
            Columns = CustomColumns.Of(version),
            SelectableFields = CustomColumns.Fields(version),
            Collection = $"{plural}.{group}",
            Conversion = version == stored ? null : ByVersionAlone(group, stored.Text("name") ?? "", name),
            Converter = spec.Map("conversion") is { } conversion && conversion.Text("strategy") == "Webhook" && conversion.Map("webhook") is { } webhook
                ? new ConversionWebhook(webhook.Map("clientConfig") ?? [], [.. (webhook.List("conversionReviewVersions") ?? []).Texts()])
                : null,
            Complete = Completion($"{group}/{name}", schema, CustomSchema.HasDefaults(openApi), former: version == stored && StoredVersions(definition).Any(v => v != name)),
            Deprecation = version.Bool("deprecated") == true ? version.Text("deprecationWarning") ?? $"{group}/{name} {kind} is deprecated" : null,
            Hidden = version.Bool("served") != true,
            HasGeneration = true,
            StrategicMerge = false,
            Hooks = new KindHooks { Validate = NameRestrictions(openApi) },
        };
    }

    private static IEnumerable<string> StoredVersions(JsonMap definition) => (definition.Map("status")?.List("storedVersions") ?? []).Texts();

    /// <summary>What an object may lack that was written under another schema, or while another version was the stored one.</summary>
    private static Action<JsonMap>? Completion(string apiVersion, SchemaRef schema, bool defaults, bool former) => !defaults && !former ? null : tree =>
    {
        if (former) tree.Set("apiVersion", apiVersion);
        if (defaults) Defaulting.Apply(schema.Value, tree);
    };

    /// <summary>"io.example.stable.v1.CronTab": the group's words in reverse.</summary>
    private static string TypeName(string group, string version, string kind) => $"{string.Join('.', group.Split('.').Reverse())}.{version}.{kind}";

    private static IEnumerable<Subresource> Subresources(JsonMap? declared)
    {
        if (declared?.Map("scale") is { } scale)
        {
            yield return new Subresource("scale", ["get", "patch", "update"])
            {
                BodyGroup = "autoscaling", BodyVersion = "v1", BodyKind = "Scale",
                Scale = new ScalePaths(scale.Text("specReplicasPath") ?? "", scale.Text("statusReplicasPath") ?? "", scale.Text("labelSelectorPath")),
            };
        }
        if (declared?.Has("status") == true) yield return new Subresource("status", ["get", "patch", "update"]);
    }

    private static Conversion ByVersionAlone(string group, string stored, string shown)
    {
        return new Conversion($"{group}/{stored}", tree => As(tree, stored), tree => As(tree, shown));

        JsonMap As(JsonMap tree, string version)
        {
            tree.Set("apiVersion", $"{group}/{version}");
            return tree;
        }
    }

    /// <summary>A definition may restrict names; everything else about metadata is not its business.</summary>
    private static Action<JsonMap, List<FieldError>>? NameRestrictions(JsonMap? openApi)
    {
        if (openApi?.Map("properties")?.Map("metadata")?.Map("properties")?.Map("name") is not { } rule) return null;
        var schema = CustomSchema.Compile(rule);
        return (tree, errors) =>
        {
            if (tree.Map("metadata")?["name"] is { } name) StructuralRules.Check(schema, name, "metadata.name", errors);
        };
    }
}
