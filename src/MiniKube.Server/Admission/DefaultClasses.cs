using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>Claims that name no storage class get the default one, ingresses that name no class likewise.</summary>
internal sealed class DefaultClasses : IAdmission
{
    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request)
    {
        if (request is { Operation: AdmissionOperation.Create, Subresource: "", Object: { } obj })
        {
            if (request.Is("", "persistentvolumeclaims")) Storage(server, obj);
            else if (request.Is("networking.k8s.io", "ingresses")) Ingress(server, obj);
        }
        return ValueTask.FromResult<ApiError?>(null);
    }

    private static void Storage(ServerContext server, JsonMap claim)
    {
        var spec = claim.MapOrNew("spec");
        if (spec.Has("storageClassName") || claim.Map("metadata")?.Map("annotations")?.Has("volume.beta.kubernetes.io/storage-class") == true) return;
        if (Default(server, "storageclasses.storage.k8s.io", "storageclass.kubernetes.io/is-default-class") is { } name) spec.Set("storageClassName", name);
    }

    private static void Ingress(ServerContext server, JsonMap ingress)
    {
        var spec = ingress.MapOrNew("spec");
        if (spec.Has("ingressClassName") || ingress.Map("metadata")?.Map("annotations")?.Has("kubernetes.io/ingress.class") == true) return;
        if (Default(server, "ingressclasses.networking.k8s.io", "ingressclass.kubernetes.io/is-default-class") is { } name) spec.Set("ingressClassName", name);
    }

    /// <summary>The newest of the classes marked as default.</summary>
    private static string? Default(ServerContext server, string collection, string annotation) => server.Store.Snapshot().List(collection).Select(ObjectCodec.Kept)
        .Where(c => c.Map("metadata")?.Map("annotations")?.Text(annotation) == "true")
        .OrderByDescending(c => c.Map("metadata")?.Text("creationTimestamp"), StringComparer.Ordinal).ThenBy(c => c.Map("metadata")?.Text("name"), StringComparer.Ordinal)
        .FirstOrDefault()?.Map("metadata")?.Text("name");
}
