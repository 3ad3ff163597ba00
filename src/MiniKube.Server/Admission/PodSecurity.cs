using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>The pod security standards, as a namespace's labels ask for them: enforce refuses, warn tells the client, audit the log.</summary>
internal sealed class PodSecurity : IAdmission
{
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
        if (request.Is("", "namespaces")) return request.Subresource.Length == 0 && request.Object is { } ns ? CheckNamespace(server, request, ns) : null;
        if (request.Object is not { } obj || request.Subresource is not ("" or "ephemeralcontainers") || !Templates.TryGetValue(request.Kind.Collection, out var path)) return null;
        var labels = server.Peek("namespaces", "", request.Namespace)?.Map("metadata")?.Map("labels");
        var isPod = path.Length == 0;
        if (isPod && request.Operation == AdmissionOperation.Update && (obj["spec"] ?? Json.Null).SameAs(request.Old?["spec"] ?? Json.Null)) return null;
        var pod = isPod ? obj : obj.Dig(path) as JsonMap;
        if (pod is null) return null;
        var configured = server.Options.Admission.PodSecurity;
        if ((configured.Exempt(request.Namespace, request.User) ?? configured.Exempt(pod)) is { } exempt)
        {
            if (request.Annotations is { } told) told[PodSecurityPolicy.Prefix + "exempt"] = exempt;
            return null;
        }
        var policy = PodSecurityPolicy.Of(labels, configured.DefaultLabels);

        var refused = isPod ? PodSecurityChecks.Violations(pod, policy.Enforce) : [];
        if (request.Annotations is { } annotations)
        {
            if (isPod) annotations[PodSecurityPolicy.Prefix + "enforce-policy"] = policy.Enforce.ToString();
            if (PodSecurityChecks.Violations(pod, policy.Audit) is { Count: > 0 } noted)
                annotations[PodSecurityPolicy.Prefix + "audit-violations"] = $"would violate PodSecurity \"{policy.Audit}\": {string.Join(", ", noted)}";
        }
        if (refused.Count > 0) return ApiError.Forbidden("", "pods", request.Name, $"violates PodSecurity \"{policy.Enforce}\": {string.Join(", ", refused)}");
        if (PodSecurityChecks.Violations(pod, policy.Warn) is { Count: > 0 } warned)
            request.Warnings.Add($"would violate PodSecurity \"{policy.Warn}\": {string.Join(", ", warned)}");
        return null;
    }

    /// <summary>Labels that can't be read are refused, unless they were there before; of a stricter level the pods there already are told.</summary>
    private static ApiError? CheckNamespace(ServerContext server, AdmissionRequest request, JsonMap ns)
    {
        var configured = server.Options.Admission.PodSecurity;
        var policy = PodSecurityPolicy.Of(ns.Map("metadata")?.Map("labels"), configured.DefaultLabels);
        var before = request.Old is { } old ? PodSecurityPolicy.Of(old.Map("metadata")?.Map("labels"), configured.DefaultLabels) : null;
        if (policy.Faults.Count > 0 && (before is null || !policy.Faults.SequenceEqual(before.Faults))) return ApiError.Invalid("", "Namespace", request.Name, policy.Faults);
        if (configured.Namespaces.Contains(request.Name))
        {
            if (before is null || (policy.Enforce, policy.Audit, policy.Warn) != (before.Enforce, before.Audit, before.Warn)) WarnOfExemption(request, ns);
            return null;
        }
        if (before is null || policy.Enforce == before.Enforce || policy.Enforce.Level < before.Enforce.Level) return null;
        var violating = server.Store.Snapshot().List("pods", request.Name)
            .Select(e => (e.Key.Name, Why: string.Join(", ", PodSecurityChecks.Violations(ObjectCodec.Shared(e), policy.Enforce).Select(Reason))))
            .Where(p => p.Why.Length > 0).GroupBy(p => p.Why).Select(g => (Names: g.Select(p => p.Name).Order(StringComparer.Ordinal).ToList(), Why: g.Key)).OrderBy(g => g.Names[0], StringComparer.Ordinal).ToList();
        if (violating.Count == 0) return null;
        request.Warnings.Add($"existing pods in namespace \"{request.Name}\" violate the new PodSecurity enforce level \"{policy.Enforce}\"");
        foreach (var (names, why) in violating)
            request.Warnings.Add($"{names[0]}{(names.Count switch { 1 => "", 2 => " (and 1 other pod)", _ => $" (and {names.Count - 1} other pods)" })}: {why}");
        return null;
    }

    private static void WarnOfExemption(AdmissionRequest request, JsonMap ns)
    {
        var asked = (ns.Map("metadata")?.Map("labels") ?? []).Where(l => l.Key.StartsWith(PodSecurityPolicy.Prefix, StringComparison.Ordinal)).Select(l => $"{l.Key[PodSecurityPolicy.Prefix.Length..]}={(l.Value as JsonText)?.Value}").Order(StringComparer.Ordinal).ToList();
        if (asked.Count > 0) request.Warnings.Add($"namespace \"{request.Name}\" is exempt from Pod Security, and the policy ({string.Join(", ", asked)}) will be ignored");
    }

    /// <summary>A violation without its details.</summary>
    private static string Reason(string violation) => violation.IndexOf(" (", StringComparison.Ordinal) is > 0 and var at ? violation[..at] : violation;
}
