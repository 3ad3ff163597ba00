using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>Every cause for refusing an object, in upstream's order.</summary>
internal static class Validation
{
    public static List<FieldError> Create(Kind kind, JsonMap obj) => ObjectRules.Create(kind, obj);

    public static List<FieldError> Update(Kind kind, JsonMap next, JsonMap old, string subresource) =>
        subresource == "status" ? ObjectRules.UpdateStatus(kind, next, old) : ObjectRules.Update(kind, next, old);
}
