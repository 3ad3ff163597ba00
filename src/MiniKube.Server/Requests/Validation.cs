using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>Every cause for refusing an object, in upstream's order.</summary>
internal static class Validation
{
    public static List<FieldError> Create(Kind kind, JsonMap obj) => ObjectRules.Create(kind, obj);

    /// <summary>A binding is what only the system may change about a pod: the rules for what users may change don't apply.</summary>
    public static List<FieldError> Update(Kind kind, JsonMap next, JsonMap old, string subresource) =>
        kind.Hooks.PartialUpdates.TryGetValue(subresource, out var part) ? part.Check(next, old) : subresource is "status" or "binding" ? ObjectRules.UpdateStatus(kind, next, old) : ObjectRules.Update(kind, next, old);
}
