using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>How violations are worded: who does it, in one number or the other, and what.</summary>
internal static class PodSecurityWords
{
    public static string Containers(IReadOnlyCollection<JsonMap> containers) => $"{One(containers.Count, "container", "containers")} {Names(containers)}";

    public static string Names(IEnumerable<JsonMap> named) => Quoted(named.Select(c => c.Text("name") ?? ""));

    public static string Quoted(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"\"{n}\""));

    /// <summary>Each once, in order.</summary>
    public static List<string> Set(IEnumerable<string> values) => [.. values.Distinct().Order(StringComparer.Ordinal)];

    public static string One(int count, string one, string more) => count == 1 ? one : more;

    /// <summary>The pod itself, some of its containers, or both.</summary>
    public static string? Setters(bool pod, IReadOnlyCollection<JsonMap> containers)
    {
        if (!pod && containers.Count == 0) return null;
        return string.Join(" and ", new[] { pod ? "pod" : null, containers.Count > 0 ? Containers(containers) : null }.OfType<string>());
    }
}
