using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>A kubelet changes its own node, the pods bound to it, what is named after it, and nothing that would give it more.</summary>
internal sealed class NodeRestriction : IAdmission
{
    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request) => ValueTask.FromResult(Check(server, request));

    private static ApiError? Check(ServerContext server, AdmissionRequest request)
    {
        if (!NodeAuthorizer.IsNode(request.User)) return null;
        var node = NodeAuthorizer.NodeOf(request.User);
        var fault = node.Length == 0 ? $"could not determine node from user \"{request.User.Name}\"" : (request.Kind.GroupResource, request.Subresource) switch
        {
            ("pods", "") => Pods(server, request, node),
            ("pods", "status") => PodStatus(request, node),
            ("pods", "eviction") => PodOf(server, request) is { } pod && pod.Map("spec")?.Text("nodeName") != node ? $"node {node} can only evict pods with spec.nodeName set to itself" : null,
            ("pods", _) => $"unexpected pod subresource \"{request.Subresource}\", only 'status' and 'eviction' are allowed",
            ("nodes", _) => Nodes(request, node),
            ("persistentvolumeclaims", "status") => ClaimStatus(request, node),
            ("persistentvolumeclaims", _) => "may only update PVC status",
            ("serviceaccounts", "token") => NodeTokens.Fault(server, request, node),
            ("leases.coordination.k8s.io", _) => request.Namespace != "kube-node-lease" ? "can only access leases in the \"kube-node-lease\" system namespace" : Own(request, node, "node lease"),
            ("csinodes.storage.k8s.io", _) => Own(request, node, "CSINode"),
            ("resourceslices.resource.k8s.io", _) => Slices(request, node),
            _ => null,
        };
        return fault is null ? null : ApiError.Forbidden(request.Kind.Group, request.Kind.Plural, request.Name, fault);
    }

    private static string? Own(AdmissionRequest request, string node, string what) =>
        request.Name == node ? null : $"can only access {what} with the same name as the requesting node";

    private static JsonMap? PodOf(ServerContext server, AdmissionRequest request) => server.Peek("pods", request.Namespace, request.Name);

    private static string? Pods(ServerContext server, AdmissionRequest request, string node) => request.Operation switch
    {
        AdmissionOperation.Create => MirrorPods.Fault(server, request.Object!, node),
        AdmissionOperation.Delete => request.Old?.Map("spec")?.Text("nodeName") == node ? null : $"node \"{node}\" can only delete pods with spec.nodeName set to itself",
        _ => $"unexpected operation \"{request.Operation.ToString().ToUpperInvariant()}\", node \"{node}\" can only create and delete mirror pods",
    };

    private static string? PodStatus(AdmissionRequest request, string node)
    {
        var (after, before) = (request.Object, request.Old);
        if (before?.Map("spec")?.Text("nodeName") != node) return $"node \"{node}\" can only update pod status for pods with spec.nodeName set to itself";
        if (!Same(after?.Map("metadata"), before?.Map("metadata"), "labels")) return $"node \"{node}\" cannot update labels through pod status";
        return Same(after?.Map("status"), before?.Map("status"), "resourceClaimStatuses") ? null : $"node \"{node}\" cannot update resource claim statues";
    }

    /// <summary>An absent map or list is an empty one.</summary>
    private static bool Same(JsonMap? after, JsonMap? before, string member)
    {
        var (a, b) = (after?[member], before?[member]);
        return (a ?? Json.Null).SameAs(b ?? Json.Null) || Empty(a) && Empty(b);
        static bool Empty(Json? value) => value is null or JsonNull or JsonMap { Count: 0 } or JsonList { Count: 0 };
    }

    private static string? Nodes(AdmissionRequest request, string node)
    {
        if (request.Name != node) return $"node \"{node}\" is not allowed to modify node \"{request.Name}\"";
        var (after, before) = (request.Object?.Map("metadata")?.Map("labels") ?? [], request.Old?.Map("metadata")?.Map("labels") ?? []);
        var changed = after.Where(l => !l.Value.SameAs(before[l.Key])).Select(l => l.Key).Concat(before.Keys.Where(k => !after.Has(k)));
        var forbidden = changed.Where(k => !NodeLabels.MayBeSetByNode(k)).Order(StringComparer.Ordinal).ToList();
        switch (request.Operation)
        {
            case AdmissionOperation.Create:
                return forbidden.Count == 0 ? null : $"node \"{node}\" is not allowed to set the following labels: {string.Join(", ", forbidden)}";
            case AdmissionOperation.Update:
                if (!Same(request.Object?.Map("spec"), request.Old?.Map("spec"), "taints")) return $"node \"{node}\" is not allowed to modify taints";
                return forbidden.Count == 0 ? null : $"is not allowed to modify labels: {string.Join(", ", forbidden)}";
            default:
                return null;
        }
    }

    private static string? ClaimStatus(AdmissionRequest request, string node)
    {
        var (after, before) = (Rest(request.Object), Rest(request.Old));
        return after.SameAs(before) ? null : $"node \"{node}\" is not allowed to update fields other than status.capacity and status.conditions";

        static JsonMap Rest(JsonMap? claim)
        {
            var rest = claim?.CloneMap() ?? [];
            foreach (var member in new[] { "resourceVersion", "managedFields" }) rest.MapOrNew("metadata").Remove(member);
            foreach (var member in new[] { "capacity", "conditions", "allocatedResources", "allocatedResourceStatuses" }) rest.MapOrNew("status").Remove(member);
            return rest;
        }
    }

    private static string? Slices(AdmissionRequest request, string node) => request.Operation switch
    {
        AdmissionOperation.Create when request.Object?.Map("spec")?.Text("nodeName") != node => "can only create ResourceSlice with the same NodeName as the requesting node",
        AdmissionOperation.Delete when request.Old?.Map("spec")?.Text("nodeName") != node => "can only delete ResourceSlice with the same NodeName as the requesting node",
        _ => null,
    };
}

/// <summary>The labels a node may give itself: of Kubernetes' own only those a kubelet knows best, and none by which others are kept off it.</summary>
public static class NodeLabels
{
    private const string Restricted = "node-restriction.kubernetes.io";
    private static readonly string[] Kubernetes = ["kubernetes.io", "k8s.io"];
    private static readonly string[] Kubelets = ["kubelet.kubernetes.io", "node.kubernetes.io"];

    private static readonly HashSet<string> Known =
    [
        "kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch", "beta.kubernetes.io/os", "beta.kubernetes.io/arch", "beta.kubernetes.io/instance-type",
        "node.kubernetes.io/instance-type", "topology.kubernetes.io/zone", "topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/region",
    ];

    public static bool MayBeSetByNode(string label)
    {
        var space = label.IndexOf('/') is var at and > 0 ? label[..at] : "";
        if (Within(space, Restricted)) return false;
        return !Kubernetes.Any(k => Within(space, k)) || Known.Contains(label) || Kubelets.Any(k => Within(space, k));
    }

    private static bool Within(string space, string domain) => space == domain || space.EndsWith("." + domain, StringComparison.Ordinal);
}
