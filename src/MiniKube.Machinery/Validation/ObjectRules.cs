namespace MiniKube.Machinery;

/// <summary>Everything that is checked before an object is stored: metadata, shape, and what the kind adds.</summary>
public static class ObjectRules
{
    public static List<FieldError> Create(Kind kind, JsonMap tree)
    {
        var errors = new List<FieldError>();
        ObjectMetaRules.Check(kind, tree, errors);
        Shape(kind, tree, errors);
        return errors;
    }

    public static List<FieldError> Update(Kind kind, JsonMap tree, JsonMap old)
    {
        var errors = new List<FieldError>();
        ObjectMetaRules.CheckUpdate(tree, old, errors);
        ImmutableFields(kind.Schema.Value, tree, old, "", errors);
        Shape(kind, tree, errors, old);
        kind.Hooks.ValidateUpdate?.Invoke(tree, old, errors);
        return errors;
    }

    public static List<FieldError> UpdateStatus(Kind kind, JsonMap tree, JsonMap old)
    {
        var errors = new List<FieldError>();
        ObjectMetaRules.CheckUpdate(tree, old, errors);
        kind.Hooks.ValidateStatusUpdate?.Invoke(tree, old, errors);
        if (!kind.Schema.Value.Typed) Shape(kind, tree, errors, old);
        return errors;
    }

    public static List<string> Warnings(Kind kind, JsonMap tree)
    {
        var warnings = new List<string>();
        kind.Hooks.Warn?.Invoke(tree, warnings);
        return warnings;
    }

    private static void Shape(Kind kind, JsonMap tree, List<FieldError> errors, JsonMap? old = null)
    {
        var schema = kind.Schema.Value;
        if (!schema.Typed) StructuralRules.Check(schema, tree, "", errors, old);
        else if (kind.Hooks.Validate is null) DeclaredRules.Check(schema, tree, "", errors);
        kind.Hooks.Validate?.Invoke(tree, errors);
    }

    private static void ImmutableFields(Schema schema, JsonMap now, JsonMap before, string path, List<FieldError> errors)
    {
        foreach (var field in schema.Fields.All)
        {
            if (field.Immutable) ObjectMetaRules.Immutable(now[field.Name], before[field.Name], path + field.Name, errors);
        }
    }
}
