using MiniKube.Machinery;

namespace MiniKube.Kinds.Tests;

/// <summary>Objects of a kind, drawn from its schema: mostly of the right shape, with all the wrong contents.</summary>
internal sealed class RandomObjects(int seed)
{
    private static readonly string[] Words =
        ["", "a", "A", "x/y", "/", "..", "-", "a.b.c", "10.0.0.1", "::1", "10.0.0.0/8", "1Gi", "100%", "-1", "true", "*", "* * * * *", "CREATE", "In",
         "Exists", "None", "Always", "ClusterIP", "kubernetes.io/tls", "https://h/p", "é\u0000", "a=b", "v1", "apps/v1", "dGVzdA==", "2026-01-01T00:00:00Z"];

    private readonly Random random = new(seed);

    public JsonMap Next(Kind kind)
    {
        var tree = (JsonMap)Value(kind.Schema.Value, 0);
        tree.Set("apiVersion", kind.ApiVersion);
        tree.Set("kind", kind.Name);
        return tree;
    }

    private Json Value(Schema schema, int depth)
    {
        if (depth > 0 && random.Next(200) == 0) return Json.Null;
        if (schema.Enum.Count > 0 && random.Next(4) > 0) return schema.Enum[random.Next(schema.Enum.Count)];
        switch (schema.Type)
        {
            case SchemaType.Object when schema.Values is { } values:
                var map = new JsonMap();
                for (var i = random.Next(3); i > 0; i--) map.Set(Words[random.Next(Words.Length)], Value(values.Value, depth + 1));
                return map;
            case SchemaType.Object:
                var members = new JsonMap();
                foreach (var field in schema.Fields.All)
                    if (random.Next(depth < 2 ? 2 : depth < 7 ? 4 : 12) == 0 || field.Name is "spec" or "template" or "containers")
                        members.Set(field.Name, Value(field.Schema.Value, depth + 1));
                return members;
            case SchemaType.Array:
                var list = new JsonList();
                if (depth < 12) for (var i = random.Next(3); i > 0; i--) list.Add(Value(schema.Items!.Value, depth + 1));
                return list;
            case SchemaType.Boolean:
                return random.Next(2) == 0;
            case SchemaType.Integer or SchemaType.Number:
                return random.Next(4) switch { 0 => 0, 1 => -1, 2 => random.Next(100), _ => int.MaxValue };
            case SchemaType.IntOrString:
                return random.Next(2) == 0 ? random.Next(-1, 3) : Words[random.Next(Words.Length)];
            case SchemaType.Quantity:
                return random.Next(5) switch { 0 => "-1", 1 => "0", 2 => "1Gi", 3 => "1500m", _ => "1e3" };
            case SchemaType.Any:
                return random.Next(3) switch { 0 => new JsonMap { { "a", 1 } }, 1 => "x", _ => JsonList.Of(1, "y") };
            default:
                return schema.Format switch
                {
                    "byte" => "dGVzdA==",
                    "date-time" or "date-time-micro" => "2026-01-01T00:00:00Z",
                    _ => Words[random.Next(Words.Length)],
                };
        }
    }
}
