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

    public bool Allows(UserInfo user, RequestInfo request)
    {
        if (!user.Name.StartsWith(Prefix, StringComparison.Ordinal) || !user.In("system:nodes")) return false;
        if (!request.IsResource) return false;
        var node = user.Name[Prefix.Length..];
        if (request.Group.Length == 0)
        {
            switch (request.Resource)
            {
                case "secrets" or "configmaps" or "persistentvolumeclaims" when request.Subresource.Length == 0:
                    return request.Verb is "get" or "list" or "watch" && request.Name.Length > 0 && Uses(node, request);
                case "serviceaccounts" when request is { Subresource: "token", Verb: "create" } or { Subresource: "", Verb: "get" }:
                    return Uses(node, request);
                case "persistentvolumes":
                    return request.Verb == "get";
            }
        }
        if (request is { Group: "coordination.k8s.io", Resource: "leases" }) return request.Namespace == "kube-node-lease" && (request.Name.Length == 0 && request.Verb == "create" || request.Name == node);
        foreach (var rule in General)
            if (rule.Allows(request)) return true;
        return false;
    }

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
