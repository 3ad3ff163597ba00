using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl explain: what fields a type has.</summary>
internal static class ExplainVerb
{
    private const string Reference = "#/components/schemas/";

    public static readonly Verb Verb = new("explain", "Get documentation for a resource", "kubectl explain TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [options]")
    {
        Flags = [FlagSpec.Switch("recursive", "All fields below, by name"), FlagSpec.Text("api-version", "In this group and version"), FlagSpec.Text("output", "plaintext", standard: "plaintext")],
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        if (call.Arguments.Count != 1) throw call.Misused(call.Arguments.Count == 0 ? "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources.\n" : "We accept only this format: explain RESOURCE\n");
        if (call.Text("output") != "plaintext") throw new Failure($"no output formatter for \"{call.Text("output")}\" is there, only for \"plaintext\"");
        var path = call.Arguments[0].Split('.');
        var discovery = await call.Discover();
        var type = discovery.Get(path[0]);
        if (call.Text("api-version") is { Length: > 0 } version) type = discovery.Of(version, type.Kind) ?? throw new Failure($"couldn't find resource for \"{version}, Kind={type.Kind}\"");
        var document = await call.Api.Get(type.Group.Length == 0 ? $"openapi/v3/api/{type.Version}" : $"openapi/v3/apis/{type.Group}/{type.Version}");
        var schemas = document.Map("components")?.Map("schemas") ?? [];
        var schema = schemas.Select(s => s.Value).OfType<JsonMap>().FirstOrDefault(s => s.Maps("x-kubernetes-group-version-kind").Any(k => k.Text("kind") == type.Kind && k.Text("group") == type.Group && k.Text("version") == type.Version))
            ?? throw new Failure($"GVR ({type.ApiVersion}, Resource={type.Plural}) not found in OpenAPI schema");
        if (type.Group.Length > 0) call.Out.WriteLine($"GROUP:      {type.Group}");
        call.Out.WriteLine($"KIND:       {type.Kind}\nVERSION:    {type.Version}\n");
        string? field = null;
        var about = "";
        foreach (var step in path.Skip(1))
        {
            var next = Fields(schemas, schema).Map(step) ?? throw new Failure($"field \"{step}\" does not exist");
            (field, schema, about) = ($"{step} <{TypeOf(schemas, next)}>", Resolved(schemas, next), next.Text("description") ?? "");
        }
        if (field is not null) call.Out.WriteLine($"FIELD: {field}\n");
        call.Out.WriteLine("DESCRIPTION:");
        Wrap(call.Out, about.Length > 0 ? about : schema.Text("description") ?? "<empty>", "    ");
        call.Out.WriteLine("    ");
        if (Fields(schemas, schema).Count == 0) return 0;
        call.Out.WriteLine("FIELDS:");
        Show(call, schemas, schema, "  ", []);
        call.Out.WriteLine();
        return 0;
    }

    private static void Show(Call call, JsonMap schemas, JsonMap schema, string indent, IReadOnlyList<JsonMap> above)
    {
        var required = (Element(schemas, schema).List("required") ?? []).Texts().ToHashSet();
        foreach (var (name, value) in Fields(schemas, schema).OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            var field = (JsonMap)value;
            call.Out.WriteLine($"{indent}{name}\t<{TypeOf(schemas, field)}>{(required.Contains(name) ? " -required-" : "")}");
            if (call.Switch("recursive"))
            {
                var below = Element(schemas, Resolved(schemas, field));
                if (!above.Contains(below)) Show(call, schemas, below, indent + "  ", [.. above, below]);
                continue;
            }
            if (Resolved(schemas, field).List("enum") is { Count: > 0 } words) call.Out.WriteLine($"{indent}enum: {string.Join(", ", words.Select(w => w.Show()))}");
            Wrap(call.Out, field.Text("description") ?? Resolved(schemas, field).Text("description") ?? "<no description>", indent + "  ");
            call.Out.WriteLine();
        }
    }

    /// <summary>What stands behind a reference, alone or among its own words.</summary>
    private static JsonMap Resolved(JsonMap schemas, JsonMap schema)
    {
        var reference = schema.Text("$ref") ?? schema.Maps("allOf").Select(a => a.Text("$ref")).FirstOrDefault(r => r is not null);
        return reference is not null && reference.StartsWith(Reference, StringComparison.Ordinal) ? schemas.Map(reference[Reference.Length..]) ?? schema : schema;
    }

    /// <summary>What lists and maps are made of.</summary>
    private static JsonMap Element(JsonMap schemas, JsonMap schema)
    {
        schema = Resolved(schemas, schema);
        return (schema.Map("items") ?? schema.Map("additionalProperties")) is { } inner ? Element(schemas, inner) : schema;
    }

    private static JsonMap Fields(JsonMap schemas, JsonMap schema) => Element(schemas, schema).Map("properties") ?? [];

    private static string TypeOf(JsonMap schemas, JsonMap schema)
    {
        if (schema.Text("$ref") is not null || schema.Maps("allOf").Any(a => a.Has("$ref")))
        {
            var resolved = Resolved(schemas, schema);
            if (resolved.Map("properties") is null) return resolved.Text("type") ?? "Object";
            var name = (schema.Text("$ref") ?? schema.Maps("allOf").First(a => a.Has("$ref")).Text("$ref"))!;
            return name[(name.LastIndexOf('.') + 1)..];
        }
        return schema.Text("type") switch
        {
            "array" => "[]" + TypeOf(schemas, schema.Map("items") ?? []),
            "object" when schema.Map("additionalProperties") is { } values => $"map[string]{TypeOf(schemas, values)}",
            "object" => "Object",
            null => schema.Text("x-kubernetes-int-or-string") ?? "Object",
            var plain => plain,
        };
    }

    private static void Wrap(TextWriter output, string text, string indent)
    {
        foreach (var paragraph in text.Split('\n'))
        {
            var line = "";
            foreach (var word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                if (line.Length > 0 && indent.Length + line.Length + 1 + word.Length > 80)
                {
                    output.WriteLine(indent + line);
                    line = word;
                }
                else line = line.Length == 0 ? word : $"{line} {word}";
            }
            output.WriteLine(indent + line);
        }
    }
}
