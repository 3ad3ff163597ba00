using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>Every pod runs as a service account and finds its token, the cluster's CA and its namespace where client libraries look.</summary>
internal sealed class ServiceAccountAdmission : IAdmission
{
    private const string MountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
    private const string Default = "default";
    public const long TokenSeconds = 3607;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    public async ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request)
    {
        if (!request.Is("", "pods") || request.Operation != AdmissionOperation.Create || request.Subresource.Length > 0) return null;
        if (!Mirrors(request.Object!)) await Arrival(server, request);
        return Complete(server, request);
    }

    /// <summary>The default account of a namespace made a moment ago is on its way: a pod that comes just behind waits for it.</summary>
    private static async ValueTask Arrival(ServerContext server, AdmissionRequest request)
    {
        if (request.Object!.Map("spec")?.Text("serviceAccountName") is { Length: > 0 } and not Default) return;
        if (Present()) return;
        request.StandAside?.Invoke();
        var deadline = server.Now + Patience;
        while (!Present() && server.Now < deadline) await Task.Delay(Pause, server.Time, server.Stopping);

        bool Present() => server.Find("serviceaccounts", request.Namespace, Default) is not null;
    }

    private static ApiError? Complete(ServerContext server, AdmissionRequest request)
    {
        var pod = request.Object!;
        var spec = pod.MapOrNew("spec");
        if (Mirrors(pod)) return Mirrored(pod, spec) is { } fault ? Refused(request, fault) : null;

        var name = spec.Text("serviceAccountName") is { Length: > 0 } given ? given : Default;
        spec.Set("serviceAccountName", name);
        spec.Set("serviceAccount", name);
        if (server.Peek("serviceaccounts", request.Namespace, name) is not { } account)
            return Refused(request, $"error looking up service account {request.Namespace}/{name}: serviceaccount \"{name}\" not found");
        if (spec.List("imagePullSecrets") is null or { Count: 0 } && account.List("imagePullSecrets") is { Count: > 0 } secrets)
            spec.Set("imagePullSecrets", secrets.Clone());
        if (account.Map("metadata")?.Map("annotations")?.Text("kubernetes.io/enforce-mountable-secrets") is "true" && MountableSecrets.Fault(spec, account, name) is { } stray)
            return Refused(request, stray);
        if (spec.Bool("automountServiceAccountToken") ?? account.Bool("automountServiceAccountToken") ?? true) Mount(server, spec);
        return null;
    }

    private static bool Mirrors(JsonMap pod) => pod.Map("metadata")?.Map("annotations")?.Has(MirrorPods.Annotation) == true;

    /// <summary>Whoever makes a mirror pod, it has nothing of the API's: what it mirrors runs without.</summary>
    private static string? Mirrored(JsonMap pod, JsonMap spec)
    {
        if (spec.Text("serviceAccountName") is { Length: > 0 }) return "a mirror pod may not reference service accounts";
        var referred = PodReferences.Declared(pod).Select(r => r.Resource).ToHashSet();
        foreach (var resource in new[] { "secrets", "configmaps", "persistentvolumeclaims", "resourceclaims" })
            if (referred.Contains(resource)) return $"a mirror pod may not reference {resource}";
        var projected = (spec.List("volumes") ?? []).Maps().SelectMany(v => (v.Map("projected")?.List("sources") ?? []).Maps());
        return projected.Any(s => s.Has("serviceAccountToken")) ? "a mirror pod may not use ServiceAccountToken volume projections" : null;
    }

    private static ApiError Refused(AdmissionRequest request, string why) => ApiError.Forbidden("", "pods", request.Name, why);

    private static void Mount(ServerContext server, JsonMap spec)
    {
        string? volume = null;
        foreach (var list in new[] { "initContainers", "containers" })
        {
            foreach (var container in (spec.List(list) ?? []).Maps())
            {
                var mounts = container.ListOrNew("volumeMounts");
                if (!mounts.Maps().Any(m => m.Text("mountPath") == MountPath))
                {
                    volume ??= "kube-api-access-" + server.Names.Suffix();
                    mounts.Add(new JsonMap { { "name", volume }, { "readOnly", true }, { "mountPath", MountPath } });
                }
                if (mounts.Count == 0) container.Remove("volumeMounts");
            }
        }
        if (volume is not null) spec.ListOrNew("volumes").Add(TokenVolume(volume));
    }

    private static JsonMap TokenVolume(string name) => new()
    {
        { "name", name },
        {
            "projected", new JsonMap
            {
                {
                    "sources", JsonList.Of(
                        new JsonMap { { "serviceAccountToken", new JsonMap { { "expirationSeconds", TokenSeconds }, { "path", "token" } } } },
                        new JsonMap { { "configMap", new JsonMap { { "name", "kube-root-ca.crt" }, { "items", JsonList.Of(new JsonMap { { "key", "ca.crt" }, { "path", "ca.crt" } }) } } } },
                        new JsonMap
                        {
                            {
                                "downwardAPI", new JsonMap
                                {
                                    {
                                        "items", JsonList.Of(new JsonMap
                                        {
                                            { "path", "namespace" }, { "fieldRef", new JsonMap { { "apiVersion", "v1" }, { "fieldPath", "metadata.namespace" } } },
                                        })
                                    },
                                }
                            },
                        })
                },
                { "defaultMode", 420 },
            }
        },
    };
}
