using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>Every cause for refusing an object, in upstream's order.</summary>
internal static class Validation
{
    public static List<FieldError> Create(Kind kind, JsonMap obj)
    {
        var errors = new List<FieldError>();
        Check(kind, obj, errors);
        return errors;
    }

    public static List<FieldError> Update(Kind kind, JsonMap next, JsonMap old, string subresource)
    {
        var errors = new List<FieldError>();
        if (subresource == "status")
        {
            kind.Hooks.ValidateStatusUpdate?.Invoke(next, old, errors);
            return errors;
        }
        kind.Hooks.ValidateUpdate?.Invoke(next, old, errors);
        Check(kind, next, errors);
        return errors;
    }

    private static void Check(Kind kind, JsonMap obj, List<FieldError> errors)
    {
        if (kind.Hooks.Validate is { } own) own(obj, errors);
        else DeclaredRules.Check(kind.Schema.Value, obj, "", errors);
    }
}
