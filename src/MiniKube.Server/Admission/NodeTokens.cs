using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>The tokens a node may ask for: bound to a pod of its own, for audiences that the pod has them for.</summary>
internal static class NodeTokens
{
    /// <summary>Why the node doesn't get this token, or null.</summary>
    public static string? Fault(ServerContext server, AdmissionRequest request, string node)
    {
        var spec = request.Object?.Map("spec");
        var bound = spec?.Map("boundObjectRef");
        if (bound?.Text("apiVersion") != "v1" || bound.Text("kind") != "Pod" || bound.Text("name") is not { Length: > 0 } name) return "node requested token not bound to a pod";
        if (bound.Text("uid") is not { Length: > 0 } uid) return "node requested token with a pod binding without a uid";
        // That there is no such pod is said by whoever issues the token.
        if (server.Peek("pods", request.Namespace, name) is not { } pod) return null;
        if (pod.Map("metadata")?.Text("uid") != uid) return $"the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated";
        if (pod.Map("spec")?.Text("nodeName") != node) return "node requested token bound to a pod scheduled on a different node";
        var known = Audiences(server, pod);
        foreach (var audience in (spec!.List("audiences") ?? []).Texts())
            if (!known.Contains(audience)) return $"audience \"{audience}\" not found in pod spec volume";
        return null;
    }

    /// <summary>Those of projected tokens, of drivers that want tokens of the pods they serve, and the server itself.</summary>
    private static HashSet<string> Audiences(ServerContext server, JsonMap pod)
    {
        var found = new HashSet<string> { server.Options.ServiceAccountIssuer };
        foreach (var volume in (pod.Map("spec")?.List("volumes") ?? []).Maps())
        {
            foreach (var source in (volume.Map("projected")?.List("sources") ?? []).Maps())
                if (source.Map("serviceAccountToken")?.Text("audience") is { Length: > 0 } audience) found.Add(audience);
            if (Driver(server, pod, volume) is { } driver && server.Peek("csidrivers.storage.k8s.io", "", driver) is { } wants)
                foreach (var token in (wants.Map("spec")?.List("tokenRequests") ?? []).Maps()) found.Add(token.Text("audience") ?? "");
        }
        return found;
    }

    private static string? Driver(ServerContext server, JsonMap pod, JsonMap volume)
    {
        if (volume.Map("csi")?.Text("driver") is { } named) return named;
        var name = volume.Has("ephemeral") ? $"{pod.Map("metadata")!.Text("name")}-{volume.Text("name")}" : volume.Map("persistentVolumeClaim")?.Text("claimName");
        if (name is null || server.Peek("persistentvolumeclaims", pod.Map("metadata")!.Text("namespace") ?? "", name)?.Map("spec")?.Text("volumeName") is not { } volumeName) return null;
        return server.Peek("persistentvolumes", "", volumeName)?.Map("spec")?.Map("csi")?.Text("driver");
    }
}
