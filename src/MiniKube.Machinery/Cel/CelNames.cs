namespace MiniKube.Machinery.Cel;

/// <summary>Member names that the language can't spell are written with escapes: x-prop is x__dash__prop.</summary>
internal static class CelNames
{
    public static string Plain(string name)
    {
        if (!name.Contains("__", StringComparison.Ordinal)) return name;
        if (name.Length > 4 && name.StartsWith("__", StringComparison.Ordinal) && name.EndsWith("__", StringComparison.Ordinal)
            && !name[2..^2].Contains("__", StringComparison.Ordinal) && name[2..^2] is not ("dot" or "dash" or "slash" or "underscores"))
            return name[2..^2];
        return name.Replace("__dot__", ".", StringComparison.Ordinal).Replace("__dash__", "-", StringComparison.Ordinal)
            .Replace("__slash__", "/", StringComparison.Ordinal).Replace("__underscores__", "__", StringComparison.Ordinal);
    }

    public static string TypeOf(Schema schema) => schema.Type switch
    {
        SchemaType.Integer => "int",
        SchemaType.Number => "double",
        SchemaType.Boolean => "bool",
        SchemaType.String => "string",
        SchemaType.Array => "list",
        _ => "dyn",
    };
}
