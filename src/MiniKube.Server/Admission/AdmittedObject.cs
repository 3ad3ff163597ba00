using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>The object of a write, changed by what others want of it.</summary>
internal static class AdmittedObject
{
    // What identifies an object is nobody's to change on the way.
    private static readonly string[] Identity = ["name", "generateName", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "resourceVersion", "generation", "selfLink"];

    /// <summary>Takes the change over in place, as far as the kind knows it: others hold on to the object and to its metadata.</summary>
    public static ApiError? Take(JsonMap obj, Kind stored, JsonMap next)
    {
        if (Decoding.Fault(stored.Schema.Value, next) is { } fault) return ApiError.Internal(fault);
        Defaulting.Apply(stored, next);
        var (metadata, wanted) = (obj.Map("metadata")!, next.MapOrNew("metadata"));
        var identity = Identity.ToDictionary(m => m, m => metadata[m], StringComparer.Ordinal);
        metadata.RemoveWhere((_, _) => true);
        foreach (var (key, value) in wanted) metadata.Set(key, value);
        foreach (var (key, value) in identity) metadata[key] = value;
        obj.RemoveWhere((key, _) => key is not ("metadata" or "apiVersion" or "kind"));
        foreach (var (key, value) in next)
            if (key is not ("metadata" or "apiVersion" or "kind")) obj.Set(key, value);
        return null;
    }
}
