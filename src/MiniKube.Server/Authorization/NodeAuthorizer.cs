using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>
/// What a kubelet may do: the general node rules, and reading exactly the secrets, config maps, claims and accounts that
/// pods bound to its node refer to.
/// </summary>
internal sealed class NodeAuthorizer(IStateStore store)
{
    private const string Prefix = "system:node:";

    private static readonly PolicyRule[] General =
    [
        new(["create"], ["authentication.k8s.io"], ["tokenreviews"], [], []),
        new(["create"], ["authorization.k8s.io"], ["localsubjectaccessreviews", "subjectaccessreviews"], [], []),
        new(["get", "list", "watch"], [""], ["services", "nodes", "pods"], [], []),
        new(["create", "patch", "update"], [""], ["nodes"], [], []),
        new(["patch", "update"], [""], ["nodes/status", "pods/status"], [], []),
        new(["create", "patch", "update"], ["", "events.k8s.io"], ["events"], [], []),
        new(["create", "delete"], [""], ["pods"], [], []),
        new(["create"], [""], ["pods/eviction"], [], []),
        new(["get"], [""], ["persistentvolumeclaims/status"], [], []),
        new(["create", "get", "list", "watch"], ["certificates.k8s.io"], ["certificatesigningrequests"], [], []),
        new(["create", "delete", "get", "patch", "update"], ["coordination.k8s.io"], ["leases"], [], []),
        new(["create", "delete", "get", "patch", "update"], ["storage.k8s.io"], ["csinodes"], [], []),
        new(["get", "list", "watch"], ["storage.k8s.io"], ["csidrivers", "volumeattachments"], [], []),
        new(["get", "list", "watch"], ["node.k8s.io"], ["runtimeclasses"], [], []),
        new(["get", "list", "watch"], ["discovery.k8s.io"], ["endpointslices"], [], []),
    ];

    public Authorizer.Decision Decide(UserInfo user, RequestInfo request)
    {
        if (!user.Name.StartsWith(Prefix, StringComparison.Ordinal) || !user.In("system:nodes")) return default;
        return Fault(user.Name[Prefix.Length..], request) is { } fault ? new(false, NodeFault: fault) : new(true);
    }

    /// <summary>Why not, in upstream's words ("" where it has none), or null.</summary>
    private string? Fault(string node, RequestInfo request)
    {
        if (!request.IsResource) return "";
        if (request.Group.Length == 0)
        {
            switch (request.Resource)
            {
                case "secrets" or "configmaps" or "persistentvolumeclaims" when request.Subresource.Length == 0:
                    return request.Verb is not ("get" or "list" or "watch") ? "can only read resources of this type" : request.Namespace.Length == 0 ? "can only read namespaced object of this type" : Related(node, request);
                case "serviceaccounts" when request is { Subresource: "token" }:
                    return request.Verb == "create" ? Related(node, request) : "can only create tokens for individual service accounts";
                case "serviceaccounts" when request is { Subresource: "", Verb: "get" }:
                    return Related(node, request);
                case "persistentvolumes":
                    return request.Verb == "get" ? null : "can only get individual resources of this type";
            }
        }
        if (request is { Group: "coordination.k8s.io", Resource: "leases" })
        {
            if (request.Namespace != "kube-node-lease") return "can only access leases in the \"kube-node-lease\" system namespace";
            return request.Name == node || request.Name.Length == 0 && request.Verb == "create" ? null : "can only access node lease with the same name as the requesting node";
        }
        foreach (var rule in General)
            if (rule.Allows(request)) return null;
        return "";
    }

    private string? Related(string node, RequestInfo request) => request.Name.Length == 0 ? "No Object name found"
        : Uses(node, request) ? null : $"no relationship found between node '{node}' and this object";

    private bool Uses(string node, RequestInfo request)
    {
        foreach (var entry in store.Snapshot().List("pods", request.Namespace))
        {
            if (entry.Terms.Field("spec.nodeName") != node) continue;
            if (PodReferences.Of(ObjectCodec.Shared(entry)).Contains((request.Resource, request.Name))) return true;
        }
        return false;
    }
}
