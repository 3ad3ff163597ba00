using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>The pod security standards, as a namespace's labels ask for them: enforce refuses, warn tells the client.</summary>
internal sealed class PodSecurity : IAdmission
{
    private const string Label = "pod-security.kubernetes.io/";

    // Where a pod hides in the kinds that make pods.
    private static readonly Dictionary<string, string[]> Templates = new()
    {
        ["pods"] = [],
        ["podtemplates"] = ["template"],
        ["replicationcontrollers"] = ["spec", "template"],
        ["replicasets.apps"] = ["spec", "template"],
        ["deployments.apps"] = ["spec", "template"],
        ["statefulsets.apps"] = ["spec", "template"],
        ["daemonsets.apps"] = ["spec", "template"],
        ["jobs.batch"] = ["spec", "template"],
        ["cronjobs.batch"] = ["spec", "jobTemplate", "spec", "template"],
    };

    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request) => ValueTask.FromResult(Check(server, request));

    private static ApiError? Check(ServerContext server, AdmissionRequest request)
    {
        if (request.Object is not { } obj || request.Subresource is not ("" or "ephemeralcontainers") || !Templates.TryGetValue(request.Kind.Collection, out var path)) return null;
        var labels = server.Peek("namespaces", "", request.Namespace)?.Map("metadata")?.Map("labels");
        if (labels is null) return null;
        var isPod = path.Length == 0;
        if (isPod && request.Operation == AdmissionOperation.Update && (obj["spec"] ?? Json.Null).SameAs(request.Old?["spec"] ?? Json.Null)) return null;
        var (enforce, warn) = (Level(labels, "enforce"), Level(labels, "warn"));
        if (enforce == PodSecurityLevel.Privileged && warn == PodSecurityLevel.Privileged) return null;
        var pod = path.Length == 0 ? obj : obj.Dig(path) as JsonMap;
        if (pod is null) return null;

        if (isPod && PodSecurityChecks.Violations(pod, enforce) is { Count: > 0 } refused)
            return ApiError.Forbidden("", "pods", request.Name, $"violates PodSecurity \"{Name(enforce)}:{Version(labels, "enforce")}\": {string.Join(", ", refused)}");
        if (PodSecurityChecks.Violations(pod, warn) is { Count: > 0 } told)
            request.Warnings.Add($"would violate PodSecurity \"{Name(warn)}:{Version(labels, "warn")}\": {string.Join(", ", told)}");
        return null;
    }

    private static PodSecurityLevel Level(JsonMap labels, string mode) => labels.Text(Label + mode) switch
    {
        "baseline" => PodSecurityLevel.Baseline,
        "restricted" => PodSecurityLevel.Restricted,
        _ => PodSecurityLevel.Privileged,
    };

    private static string Name(PodSecurityLevel level) => level.ToString().ToLowerInvariant();

    private static string Version(JsonMap labels, string mode) => labels.Text($"{Label}{mode}-version") ?? "latest";
}
