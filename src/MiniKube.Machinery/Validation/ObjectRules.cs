using MiniKube.Machinery.Cel;

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
        if (!schema.Typed) Structure(schema, tree, errors, old);
        else if (kind.Hooks.Validate is null) DeclaredRules.Check(schema, tree, "", errors);
        kind.Hooks.Validate?.Invoke(tree, errors);
    }

    /// <summary>Rules can rely on the shape; where that is wrong they are not run.</summary>
    private static void Structure(Schema schema, JsonMap tree, List<FieldError> errors, JsonMap? old)
    {
        StructuralRules.Check(schema, tree, "", errors, old);
        if (!CelRules.Any(schema)) return;
        if (errors.Any(e => e.Fault is FieldFault.Required or FieldFault.TooLong or FieldFault.TooMany or FieldFault.TypeInvalid))
            errors.Add(FieldError.Invalid("<nil>", Json.Null, "some validation rules were not checked because the object was invalid; "
                + "correct the existing errors to complete validation"));
        else
            CelRules.Check(schema, tree, old, "", errors);
    }

    private static void ImmutableFields(Schema schema, JsonMap now, JsonMap before, string path, List<FieldError> errors)
    {
        foreach (var field in schema.Fields.All)
        {
            if (field.Immutable) ObjectMetaRules.Immutable(now[field.Name], before[field.Name], path + field.Name, errors);
        }
    }
}
