using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>What was applied last, which an object carries along so that the next apply knows what was taken out.</summary>
internal static class LastApplied
{
    public const string Annotation = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>Writes the object into itself.</summary>
    public static void Set(JsonMap o)
    {
        var annotations = o.MapOrNew("metadata").MapOrNew("annotations");
        annotations.Remove(Annotation);
        var text = GoJson.Compact(o) + "\n";
        annotations.Set(Annotation, text);
    }

    public static JsonMap? Of(JsonMap live) => live.Meta().Map("annotations")?.Text(Annotation) is { Length: > 0 } text ? JsonReader.ParseMap(text) : null;
}
