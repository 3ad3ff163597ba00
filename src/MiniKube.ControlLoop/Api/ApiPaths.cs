using System.Text;

namespace MiniKube.ControlLoop;

/// <summary>Paths and query strings of the Kubernetes API.</summary>
public static class ApiPaths
{
    public static string Of(ResourceRef resource, string? ns, string? name = null, string? subresource = null)
    {
        var path = new StringBuilder(resource.Group.Length == 0 ? $"/api/{resource.Version}" : $"/apis/{resource.Group}/{resource.Version}");
        if (ns is { Length: > 0 }) path.Append("/namespaces/").Append(ns);
        path.Append('/').Append(resource.Plural);
        if (name is not null) path.Append('/').Append(Uri.EscapeDataString(name));
        if (subresource is not null) path.Append('/').Append(subresource);
        return path.ToString();
    }

    public static string Query(ListQuery query, bool watch = false)
    {
        var parts = new List<string>();
        if (watch) parts.Add("watch=true");
        Add(parts, "labelSelector", query.LabelSelector);
        Add(parts, "fieldSelector", query.FieldSelector);
        Add(parts, "resourceVersion", query.ResourceVersion);
        Add(parts, "continue", query.Continue);
        if (query.Limit is { } limit) parts.Add($"limit={limit}");
        if (query.Bookmarks) parts.Add("allowWatchBookmarks=true");
        return Join(parts);
    }

    public static string Query(WriteQuery query)
    {
        var parts = new List<string>();
        if (query.DryRun) parts.Add("dryRun=All");
        Add(parts, "fieldManager", query.FieldManager);
        if (query.Force) parts.Add("force=true");
        return Join(parts);
    }

    private static void Add(List<string> parts, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value)) parts.Add($"{name}={Uri.EscapeDataString(value)}");
    }

    private static string Join(List<string> parts) => parts.Count == 0 ? "" : "?" + string.Join('&', parts);
}
