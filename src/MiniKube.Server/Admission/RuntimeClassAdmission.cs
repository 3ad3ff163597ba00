using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>A pod that chooses a runtime class gets what running in it takes and where that is possible; and says no other overhead than its class.</summary>
internal sealed class RuntimeClassAdmission(bool judge) : IAdmission
{
    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request) => ValueTask.FromResult(Check(server, request));

    private ApiError? Check(ServerContext server, AdmissionRequest request)
    {
        if (!request.Is("", "pods") || request is not { Operation: AdmissionOperation.Create, Subresource: "" }) return null;
        var spec = request.Object!.MapOrNew("spec");
        JsonMap? chosen = null;
        if (spec.Text("runtimeClassName") is { Length: > 0 } name && (chosen = server.Peek("runtimeclasses.node.k8s.io", "", name)) is null)
            return Refused(request, $"pod rejected: RuntimeClass \"{name}\" not found");
        var overhead = chosen?.Map("overhead") is { } declared ? declared.Map("podFixed") ?? [] : null;
        var own = spec.Map("overhead") is { Count: > 0 } given ? given : null;
        if (overhead is null)
        {
            if (judge && own is not null) return Refused(request, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
        }
        else if (judge || own is not null)
        {
            if (!SameAmounts(own ?? [], overhead)) return Refused(request, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
        }
        else if (overhead.Count > 0)
        {
            spec.Set("overhead", overhead.Clone());
        }
        return judge || chosen?.Map("scheduling") is not { } scheduling ? null : Narrow(request, spec, scheduling);
    }

    private static ApiError? Narrow(AdmissionRequest request, JsonMap spec, JsonMap scheduling)
    {
        foreach (var (key, value) in scheduling.Map("nodeSelector") ?? [])
        {
            if (spec.Map("nodeSelector")?[key] is { } own && !own.SameAs(value))
                return Refused(request, $"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {GoText.Of(value)}; pod.spec.nodeSelector[{key}] = {GoText.Of(own)}");
            spec.MapOrNew("nodeSelector").Set(key, value.Clone());
        }
        foreach (var toleration in (scheduling.List("tolerations") ?? []).Maps())
            if (spec.List("tolerations")?.Any(toleration.SameAs) != true) spec.ListOrNew("tolerations").Add(toleration.Clone());
        return null;
    }

    private static bool SameAmounts(JsonMap one, JsonMap other) =>
        one.Count == other.Count && one.All(o => other[o.Key] is { } amount && Quantity.Parse(amount) == Quantity.Parse(o.Value));

    private static ApiError Refused(AdmissionRequest request, string why) => ApiError.Forbidden("", "pods", request.Name, why);
}
