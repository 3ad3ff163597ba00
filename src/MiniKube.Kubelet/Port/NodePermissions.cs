namespace MiniKube.Kubelet.Port;

/// <summary>What a request to the node's own port needs permission for: a verb on parts of the Node object, any one of which will do.</summary>
public static class NodePermissions
{
    /// <summary>Finer parts first; what has no name of its own is "proxy".</summary>
    public static (string Verb, IReadOnlyList<string> Subresources) Of(string method, string path)
    {
        var verb = method switch
        {
            "POST" => "create",
            "GET" or "HEAD" => "get",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => "delete",
            _ => "",
        };
        IReadOnlyList<string> parts = path switch
        {
            _ when Below(path, "/stats") => ["stats"],
            _ when Below(path, "/metrics") => ["metrics"],
            _ when Below(path, "/logs") => ["log"],
            _ when Below(path, "/checkpoint") => ["checkpoint"],
            _ when Below(path, "/statusz") => ["statusz"],
            _ when Below(path, "/flagz") => ["flagz"],
            _ when Below(path, "/pods") || Below(path, "/runningpods") => ["pods", "proxy"],
            _ when Below(path, "/healthz") => ["healthz", "proxy"],
            _ when Below(path, "/configz") => ["configz", "proxy"],
            _ => ["proxy"],
        };
        return (verb, parts);
    }

    private static bool Below(string path, string top) => path == top || path.StartsWith(top + "/", StringComparison.Ordinal);
}
