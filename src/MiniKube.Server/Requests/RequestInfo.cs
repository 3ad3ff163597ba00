using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>What a method and path ask for, before anything is looked up. The words authorization and audit use.</summary>
public sealed record RequestInfo
{
    /// <summary>get, list, watch, create, update, patch, delete, deletecollection; for other paths the method in lower case.</summary>
    public required string Verb { get; init; }
    public required string Path { get; init; }
    public bool IsResource { get; init; }
    public string Group { get; init; } = "";
    public string Version { get; init; } = "";
    public string Resource { get; init; } = "";
    public string Subresource { get; init; } = "";

    /// <summary>"" for cluster scope and for requests across namespaces.</summary>
    public string Namespace { get; init; } = "";
    public string Name { get; init; } = "";

    /// <summary>What a list, a watch or a deletion of many is narrowed to: some may only see their own.</summary>
    public FieldSelector Fields { get; init; } = FieldSelector.Everything;

    /// <summary>What follows the subresource: proxied paths.</summary>
    public string Rest { get; init; } = "";

    /// <summary>The path that asks for this resource.</summary>
    public string ToPath()
    {
        var path = Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";
        if (Namespace.Length > 0 && Resource != "namespaces") path += $"/namespaces/{Namespace}";
        path += "/" + Resource;
        if (Name.Length > 0) path += "/" + Name;
        return Subresource.Length > 0 ? $"{path}/{Subresource}" : path;
    }

    /// <summary>What a selector narrows to; one that can't be read narrows nothing and is refused later.</summary>
    public static FieldSelector Narrowed(string? selector) => FieldSelector.Parse(selector) is { Ok: true } parsed ? parsed.Value : FieldSelector.Everything;

    public static RequestInfo Of(string method, string path, Query query)
    {
        var plain = new RequestInfo { Verb = method.ToLowerInvariant(), Path = path };
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        int at;
        string group, version;
        switch (parts)
        {
            case ["api", var v, _, ..]:
                (group, version, at) = ("", v, 2);
                break;
            case ["apis", var g, var v, _, ..]:
                (group, version, at) = (g, v, 3);
                break;
            default:
                return plain;
        }

        var watchPath = parts[at] == "watch" && parts.Length > at + 1;
        if (watchPath) at++;
        var ns = "";
        string resource, name = "", subresource = "", rest = "";
        // /namespaces/x/pods is pods in x; /namespaces/x, /namespaces/x/status and /finalize are about x itself.
        if (parts[at] == "namespaces" && parts.Length > at + 2 && !(parts.Length == at + 3 && parts[at + 2] is "status" or "finalize"))
        {
            ns = parts[at + 1];
            at += 2;
        }
        resource = parts[at];
        if (resource == "namespaces" && parts.Length > at + 1) ns = parts[at + 1];
        if (parts.Length > at + 1) name = parts[at + 1];
        if (parts.Length > at + 2) subresource = parts[at + 2];
        if (parts.Length > at + 3) rest = "/" + string.Join('/', parts[(at + 3)..]) + (path.EndsWith('/') ? "/" : "");
        else if (subresource == "proxy" && path.EndsWith('/')) rest = "/";

        var verb = method switch
        {
            "POST" => "create",
            "GET" or "HEAD" => "get",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => "delete",
            _ => method.ToLowerInvariant(),
        };
        if (name.Length == 0)
        {
            if (verb == "get") verb = query.Flag("watch") || watchPath ? "watch" : "list";
            else if (verb == "delete") verb = "deletecollection";
        }
        else if (verb == "get" && watchPath)
        {
            verb = "watch";
        }
        // A list of one by name is authorized as that name.
        var fields = verb is "list" or "watch" or "deletecollection" ? Narrowed(query["fieldSelector"]) : FieldSelector.Everything;
        if (verb is "list" or "watch" && name.Length == 0 && fields.Pinned("metadata.name") is { } pinned) name = pinned;
        return plain with
        {
            Verb = verb,
            IsResource = true,
            Group = group,
            Version = version,
            Namespace = ns,
            Resource = resource,
            Name = name,
            Subresource = subresource,
            Fields = fields,
            Rest = rest,
        };
    }
}
