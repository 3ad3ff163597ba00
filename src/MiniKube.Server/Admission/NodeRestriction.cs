using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>A kubelet changes its own node, the pods bound to it, and nothing that would give it more.</summary>
internal sealed class NodeRestriction : IAdmission
{
    private const string Prefix = "system:node:";

    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request) => ValueTask.FromResult(Check(server, request));

    private static ApiError? Check(ServerContext server, AdmissionRequest request)
    {
        var user = request.User;
        if (!user.In("system:nodes") || !user.Name.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        var node = user.Name[Prefix.Length..];
        if (request.Is("", "pods")) return Pods(request, node);
        if (request.Is("", "nodes")) return Nodes(request, node);
        if (request.Is("coordination.k8s.io", "leases") && (request.Namespace != "kube-node-lease" || request.Name != node))
            return Refused(request, request.Namespace != "kube-node-lease" ? "can only access leases in the \"kube-node-lease\" system namespace" : "can only access node lease with the same name as the requesting node");
        return null;
    }

    private static ApiError? Pods(AdmissionRequest request, string node)
    {
        switch (request.Operation)
        {
            case AdmissionOperation.Create when request.Subresource.Length == 0:
                var pod = request.Object!;
                if (pod.Map("metadata")?.Map("annotations")?.Has("kubernetes.io/config.mirror") != true)
                    return Refused(request, $"pod does not have \"kubernetes.io/config.mirror\" annotation, node \"{node}\" can only create mirror pods");
                return pod.Map("spec")?.Text("nodeName") == node ? null : Refused(request, $"node \"{node}\" can only create pods with spec.nodeName set to itself");
            case AdmissionOperation.Delete or AdmissionOperation.Update:
                return request.Old?.Map("spec")?.Text("nodeName") == node ? null
                    : Refused(request, $"node \"{node}\" can only {(request.Operation == AdmissionOperation.Delete ? "delete" : "update status for")} pods with spec.nodeName set to itself");
            default:
                return null;
        }
    }

    private static ApiError? Nodes(AdmissionRequest request, string node)
    {
        if (request.Name != node) return Refused(request, $"node \"{node}\" is not allowed to modify node \"{request.Name}\"");
        if (request.Operation == AdmissionOperation.Delete) return Refused(request, $"node \"{node}\" cannot delete node \"{request.Name}\"");
        if (request.Operation != AdmissionOperation.Update) return null;
        if (request.Subresource.Length == 0 && !(request.Object?.Map("spec")?["taints"] ?? Json.Null).SameAs(request.Old?.Map("spec")?["taints"] ?? Json.Null))
            return Refused(request, $"node \"{node}\" is not allowed to modify taints");
        var (after, before) = (request.Object?.Map("metadata")?.Map("labels") ?? [], request.Old?.Map("metadata")?.Map("labels") ?? []);
        var changed = after.Where(l => !l.Value.SameAs(before[l.Key])).Select(l => l.Key).Concat(before.Keys.Where(k => !after.Has(k)))
            .Where(k => k.Contains("node-restriction.kubernetes.io/", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        return changed.Count == 0 ? null : Refused(request, $"is not allowed to modify labels: {string.Join(", ", changed)}");
    }

    private static ApiError Refused(AdmissionRequest request, string why) => ApiError.Forbidden(request.Kind.Group, request.Kind.Plural, request.Name, why);
}
