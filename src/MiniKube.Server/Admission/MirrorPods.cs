using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>The pods a node may make: its own mirrors, which refer to nothing that the node would then be let read.</summary>
internal static class MirrorPods
{
    public const string Annotation = "kubernetes.io/config.mirror";

    /// <summary>Why the node may not make this pod, or null.</summary>
    public static string? Fault(ServerContext server, JsonMap pod, string node)
    {
        var metadata = pod.Map("metadata");
        if (metadata?.Map("annotations")?.Has(Annotation) != true) return $"pod does not have \"{Annotation}\" annotation, node \"{node}\" can only create mirror pods";
        var spec = pod.Map("spec") ?? [];
        if (spec.Text("nodeName") != node) return $"node \"{node}\" can only create pods with spec.nodeName set to itself";
        if (OwnerFault(server, (metadata.List("ownerReferences") ?? []).Maps().ToList(), node) is { } fault) return fault;
        if (spec.Text("serviceAccountName") is { Length: > 0 }) return $"node \"{node}\" can not create pods that reference a service account";
        var referred = PodReferences.Declared(pod).Select(r => r.Resource).ToHashSet();
        foreach (var resource in new[] { "secrets", "configmaps", "clustertrustbundles", "persistentvolumeclaims" })
            if (referred.Contains(resource)) return $"node \"{node}\" can not create pods that reference {resource}";
        return null;
    }

    private static string? OwnerFault(ServerContext server, List<JsonMap> owners, string node)
    {
        if (owners.Count > 1) return $"node \"{node}\" can only create pods with a single owner reference set to itself";
        if (owners is not [var owner] || owner.Text("apiVersion") != "v1" || owner.Text("kind") != "Node" || owner.Text("name") != node)
            return $"node \"{node}\" can only create pods with an owner reference set to itself";
        if (owner.Bool("controller") != true) return $"node \"{node}\" can only create pods with a controller owner reference set to itself";
        if (owner.Bool("blockOwnerDeletion") == true) return $"node \"{node}\" must not set blockOwnerDeletion on an owner reference";
        var uid = server.Peek("nodes", "", node)?.Map("metadata")?.Text("uid");
        return uid is null ? $"node \"{node}\" not found" : uid == owner.Text("uid") ? null : $"node {node} UID mismatch: expected {owner.Text("uid")} got {uid}";
    }
}
