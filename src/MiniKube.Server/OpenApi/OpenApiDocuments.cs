using MiniKube.Kinds;
using MiniKube.Machinery;

namespace MiniKube.Server.OpenApi;

/// <summary>The description of the kinds of one group and version; <see cref="OpenApiV2"/> makes one document of all.</summary>
internal static class OpenApiDocuments
{
    public const string KindsOfType = "x-kubernetes-group-version-kind";

    public static (JsonMap Paths, JsonMap Definitions) V2(IEnumerable<Kind> ofGroup)
    {
        var definitions = Build(ofGroup, "#/definitions/", v3: false, out var paths);
        return (paths, definitions);
    }

    public static JsonMap V3(IEnumerable<Kind> ofGroup)
    {
        var document = Build(ofGroup, "#/components/schemas/", v3: true, out var paths);
        return new JsonMap
        {
            { "openapi", "3.0.0" }, { "info", Info() }, { "paths", paths }, { "components", new JsonMap { { "schemas", document } } },
        };
    }

    public static string V3Path(string group, string version) => group.Length == 0 ? $"api/{version}" : $"apis/{group}/{version}";

    public static JsonMap Info() => new() { { "title", "Kubernetes" }, { "version", "v1.36.2" } };

    private static JsonMap Build(IEnumerable<Kind> kinds, string prefix, bool v3, out JsonMap paths)
    {
        var schemas = new SchemaDocument(prefix, v3);
        var pathDocument = new PathDocument(schemas, v3);
        var kindsByType = new Dictionary<string, List<JsonMap>>(StringComparer.Ordinal);
        paths = [];
        schemas.Add("io.k8s.apimachinery.pkg.apis.meta.v1.Status", RecordSchema.Of<Kinds.Meta.Status>().Value);
        foreach (var kind in kinds.Where(k => !k.Hidden))
        {
            var schema = kind.Schema.Value;
            var type = schemas.Add(schema.TypeName ?? $"{string.Join('.', kind.Group.Split('.').Reverse())}.{kind.Version}.{kind.Name}", schema);
            var list = schemas.Add($"{type}List", ListOf(kind, schema));
            Mark(kindsByType, type, kind, kind.Name);
            if (kind.ListName.Length > 0) Mark(kindsByType, list, kind, kind.ListName);
            pathDocument.Add(paths, kind, type, list);
        }
        return schemas.Definitions(kindsByType);
    }

    private static void Mark(Dictionary<string, List<JsonMap>> kindsByType, string type, Kind kind, string name)
    {
        if (!kindsByType.TryGetValue(type, out var marks)) kindsByType[type] = marks = [];
        marks.Add(new JsonMap { { "group", kind.Group }, { "kind", name }, { "version", kind.Version } });
    }

    private static Schema ListOf(Kind kind, Schema item) => new()
    {
        Type = SchemaType.Object, Description = $"A list of {kind.Name} objects.",
        Fields = new FieldSet(
        [
            new Field("apiVersion", new Schema { Type = SchemaType.String }),
            new Field("items", new Schema { Type = SchemaType.Array, Items = item with { TypeName = item.TypeName ?? $"{string.Join('.', kind.Group.Split('.').Reverse())}.{kind.Version}.{kind.Name}" } }) { Required = true },
            new Field("kind", new Schema { Type = SchemaType.String }),
            new Field("metadata", RecordSchema.Of<Kinds.Meta.ListMeta>()),
        ]),
    };
}
