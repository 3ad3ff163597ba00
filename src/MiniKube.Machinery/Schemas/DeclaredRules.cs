namespace MiniKube.Machinery;

/// <summary>
/// Required fields, enums and bounds of declared kinds, in declaration order. Kinds whose checks have an order of their
/// own bring a validator instead.
/// </summary>
public static class DeclaredRules
{
    public static void Check(Schema schema, Json value, string path, List<FieldError> errors)
    {
        switch (value)
        {
            case JsonMap map when schema.Values is { } values:
                foreach (var (key, member) in map) Check(values.Value, member, $"{path}[{key}]", errors);
                break;
            case JsonMap map:
                foreach (var field in schema.Fields.Required)
                    if (IsMissing(map[field.Name])) errors.Add(FieldError.Required(Join(path, field.Name)));
                foreach (var (key, member) in map)
                    if (schema.Fields[key] is { } field) Check(field.Schema.Value, member, Join(path, key), errors);
                break;
            case JsonList list when schema.Items is { } items:
                for (var i = 0; i < list.Count; i++) Check(items.Value, list[i], $"{path}[{i}]", errors);
                break;
            case JsonText { Value.Length: > 0 } text when schema.Enum.Count > 0 && !schema.Enum.Any(text.SameAs):
                errors.Add(FieldError.NotSupported(path, text, schema.Enum.OfType<JsonText>().Select(t => t.Value)));
                break;
            case JsonNumber number when number.Real < schema.Minimum || number.Real > schema.Maximum:
                errors.Add(FieldError.Invalid(path, number, $"must be between {schema.Minimum} and {schema.Maximum}, inclusive"));
                break;
        }
    }

    private static bool IsMissing(Json? value) => value is null or JsonNull or JsonText { Value: "" } or JsonList { Count: 0 };

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
