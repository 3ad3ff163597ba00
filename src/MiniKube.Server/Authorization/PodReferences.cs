using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>The namespaced objects a pod's declaration refers to, as (plural, name): none of a mirror pod's, which its node wrote itself.</summary>
internal static class PodReferences
{
    public static HashSet<(string Resource, string Name)> Of(JsonMap pod) =>
        pod.Map("metadata")?.Map("annotations")?.Has(MirrorPods.Annotation) == true ? [] : Declared(pod);

    /// <summary>The same whoever wrote it.</summary>
    public static HashSet<(string Resource, string Name)> Declared(JsonMap pod)
    {
        var found = new HashSet<(string, string)>();
        if (pod.Map("spec") is not { } spec) return found;
        found.Add(("serviceaccounts", spec.Text("serviceAccountName") ?? "default"));
        foreach (var secret in (spec.List("imagePullSecrets") ?? []).Maps()) Add("secrets", secret.Text("name"));
        foreach (var volume in (spec.List("volumes") ?? []).Maps())
        {
            Add("secrets", volume.Map("secret")?.Text("secretName"));
            Add("configmaps", volume.Map("configMap")?.Text("name"));
            Add("persistentvolumeclaims", volume.Map("persistentVolumeClaim")?.Text("claimName"));
            if (volume.Has("ephemeral")) Add("persistentvolumeclaims", $"{pod.Map("metadata")?.Text("name")}-{volume.Text("name")}");
            foreach (var source in (volume.Map("projected")?.List("sources") ?? []).Maps())
            {
                Add("secrets", source.Map("secret")?.Text("name"));
                Add("configmaps", source.Map("configMap")?.Text("name"));
                if (source.Map("clusterTrustBundle") is { } bundle) Add("clustertrustbundles", bundle.Text("name") ?? bundle.Text("signerName"));
            }
            foreach (var (_, driver) in volume) Add("secrets", (driver as JsonMap)?.Map("secretRef")?.Text("name") ?? (driver as JsonMap)?.Map("nodePublishSecretRef")?.Text("name"));
        }
        foreach (var claim in (spec.List("resourceClaims") ?? []).Maps()) Add("resourceclaims", claim.Text("resourceClaimName"));
        foreach (var claim in (pod.Map("status")?.List("resourceClaimStatuses") ?? []).Maps()) Add("resourceclaims", claim.Text("resourceClaimName"));
        foreach (var list in new[] { "containers", "initContainers", "ephemeralContainers" })
        {
            foreach (var container in (spec.List(list) ?? []).Maps())
            {
                foreach (var variable in (container.List("env") ?? []).Maps())
                {
                    Add("secrets", variable.Map("valueFrom")?.Map("secretKeyRef")?.Text("name"));
                    Add("configmaps", variable.Map("valueFrom")?.Map("configMapKeyRef")?.Text("name"));
                }
                foreach (var source in (container.List("envFrom") ?? []).Maps())
                {
                    Add("secrets", source.Map("secretRef")?.Text("name"));
                    Add("configmaps", source.Map("configMapRef")?.Text("name"));
                }
            }
        }
        return found;

        void Add(string resource, string? name)
        {
            if (name is { Length: > 0 }) found.Add((resource, name));
        }
    }
}
