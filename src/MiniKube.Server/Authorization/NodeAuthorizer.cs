using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>
/// What a kubelet may do: the general node rules, its own node, lease and driver list, the pods bound to it, and exactly
/// the secrets, config maps, claims, volumes and accounts that those pods lead to. Why not is told in upstream's words.
/// </summary>
internal sealed class NodeAuthorizer(IStateStore store)
{
    private const string Prefix = "system:node:";

    private readonly Incremental<NodeGraph> graph = new(store, NodeGraph.Collections, NodeGraph.Empty, NodeGraph.After);

    private static readonly PolicyRule[] General =
    [
        new(["create"], ["authentication.k8s.io"], ["tokenreviews"], [], []),
        new(["create"], ["authorization.k8s.io"], ["localsubjectaccessreviews", "subjectaccessreviews"], [], []),
        new(["get", "list", "watch"], [""], ["services"], [], []),
        new(["create", "patch", "update"], ["", "events.k8s.io"], ["events"], [], []),
        new(["create", "get", "list", "watch"], ["certificates.k8s.io"], ["certificatesigningrequests"], [], []),
        new(["get", "list", "watch"], ["storage.k8s.io"], ["csidrivers"], [], []),
        new(["get", "list", "watch"], ["node.k8s.io"], ["runtimeclasses"], [], []),
        new(["get", "list", "watch"], ["discovery.k8s.io"], ["endpointslices"], [], []),
    ];

    /// <summary>The node a kubelet speaks for; empty where its name doesn't say.</summary>
    public static string NodeOf(UserInfo user) => user.Name[Prefix.Length..];

    public static bool IsNode(UserInfo user) => user.Name.StartsWith(Prefix, StringComparison.Ordinal) && user.In("system:nodes");

    public Authorizer.Decision Decide(UserInfo user, RequestInfo request)
    {
        if (!IsNode(user)) return default;
        var node = NodeOf(user);
        return (node.Length == 0 ? $"unknown node for user \"{user.Name}\"" : Fault(node, request)) is { } fault ? new(false, NodeFault: fault) : new(true);
    }

    /// <summary>Why not ("" where upstream has no words for it), or null.</summary>
    private string? Fault(string node, RequestInfo request) => !request.IsResource ? "" : (request.Group, request.Resource) switch
    {
        ("", "secrets" or "configmaps") => request.Verb is not ("get" or "list" or "watch") ? "can only read resources of this type"
            : request.Subresource.Length > 0 ? "cannot read subresource"
            : request.Namespace.Length == 0 ? "can only read namespaced object of this type" : Related(node, request),
        ("", "persistentvolumeclaims") when request.Subresource == "status" => request.Verb is not ("update" or "patch") ? "can only get/update/patch this type" : Related(node, request),
        ("", "persistentvolumeclaims" or "persistentvolumes") or ("resource.k8s.io", "resourceclaims") or ("storage.k8s.io", "volumeattachments") => OnlyGet(node, request),
        ("", "serviceaccounts") when request is { Subresource: "", Verb: "get" } => Related(node, request),
        ("", "serviceaccounts") => request.Verb != "create" || request.Name.Length == 0 ? "can only create tokens for individual service accounts"
            : request.Subresource != "token" ? "can only create token subresource of serviceaccount" : Related(node, request),
        ("", "nodes") => OfNodes(node, request),
        ("", "pods") => OfPods(node, request),
        ("coordination.k8s.io", "leases") => request.Namespace != "kube-node-lease" && Written(request) ? "can only access leases in the \"kube-node-lease\" system namespace"
            : Own(node, request, "a node lease", "node lease"),
        ("resource.k8s.io", "resourceslices") => OfSlices(node, request),
        ("storage.k8s.io", "csinodes") => request.Subresource.Length > 0 && Written(request) ? "cannot authorize CSINode subresources" : Own(node, request, "a CSINode", "CSINode"),
        _ => General.Any(rule => rule.Allows(request)) ? null : "",
    };

    private static bool Written(RequestInfo request) => request.Verb is "get" or "create" or "update" or "patch" or "delete";

    /// <summary>Objects named after their node. At their creation the name isn't known here: admission looks at it.</summary>
    private static string? Own(string node, RequestInfo request, string one, string what) => !Written(request) ? $"can only get, create, update, patch, or delete {one}"
        : request.Verb == "create" || request.Name == node ? null : $"can only access {what} with the same name as the requesting node";

    private static string? OfNodes(string node, RequestInfo request) => (request.Subresource, request.Verb) switch
    {
        ("", "create" or "update" or "patch") or ("status", "update" or "patch") => null,
        ("", "get" or "list" or "watch") => request.Name == node ? null
            : request.Name.Length == 0 ? $"node '{node}' cannot read all nodes, only its own Node object" : $"node '{node}' cannot read '{request.Name}', only its own Node object",
        _ => "",
    };

    private string? OfPods(string node, RequestInfo request) => (request.Subresource, request.Verb) switch
    {
        ("", "create" or "delete") or ("status", "update" or "patch") or ("eviction", "create") => null,
        ("", "get") => Related(node, request),
        ("", "list" or "watch") => request.Fields.Pinned("spec.nodeName") == node ? null
            : request.Name.Length > 0 ? Related(node, request) : "can only list/watch pods with spec.nodeName field selector",
        (_, "get") => "cannot get subresource",
        _ => "",
    };

    private string? OfSlices(string node, RequestInfo request) => request.Subresource.Length > 0 ? "cannot authorize ResourceSlice subresources" : request.Verb switch
    {
        // Whose it is to be is not known here: admission looks at it.
        "create" => null,
        "get" or "update" or "patch" or "delete" => Related(node, request),
        "list" or "watch" or "deletecollection" => request.Fields.Pinned("spec.nodeName") == node || request.Fields.Pinned("nodeName") == node ? null
            : "can only list/watch/deletecollection resourceslices with nodeName field selector",
        _ => "only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection",
    };

    private string? OnlyGet(string node, RequestInfo request) => request.Verb != "get" ? "can only get individual resources of this type"
        : request.Subresource.Length > 0 ? "cannot get subresource" : Related(node, request);

    private string? Related(string node, RequestInfo request) => request.Name.Length == 0 ? "No Object name found"
        : Leads(node, request) ? null : $"no relationship found between node '{node}' and this object";

    private bool Leads(string node, RequestInfo request)
    {
        switch (request.Resource)
        {
            case "pods":
                return store.Get(new("pods", request.Namespace, request.Name))?.Terms.Field("spec.nodeName") == node;
            case "persistentvolumes":
                return Spec("persistentvolumes", request.Name)?.Map("claimRef") is { } claim
                    && graph.Value.Leads(node, "persistentvolumeclaims", claim.Text("namespace") ?? "", claim.Text("name") ?? "");
            case "volumeattachments":
                return Spec("volumeattachments.storage.k8s.io", request.Name)?.Text("nodeName") == node;
            case "resourceslices":
                return Spec("resourceslices.resource.k8s.io", request.Name)?.Text("nodeName") == node;
            default:
                return graph.Value.Leads(node, request.Resource, request.Namespace, request.Name);
        }
    }

    private JsonMap? Spec(string collection, string name) => store.Get(new(collection, "", name)) is { } entry ? ObjectCodec.Shared(entry).Map("spec") : null;
}
