using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>What a webhook said: refused in whose words, or let pass with a patch.</summary>
internal sealed record Verdict(ApiError? Refusal, Json? Patch, IReadOnlyList<string> Warnings, IReadOnlyList<(string Key, string Value)> Annotations);

/// <summary>The question to a webhook and its answer, as JSON. Pure.</summary>
internal static class AdmissionReview
{
    /// <summary>Obj and old are in the version that is asked about.</summary>
    public static JsonMap Ask(AdmissionRequest request, Kind matched, string version, string uid, JsonMap? obj, JsonMap? old)
    {
        var asked = new JsonMap { { "uid", uid } };
        foreach (var (key, value) in AdmissionVariables.Describe(request, matched))
            if (key is not ("subResource" or "requestSubResource") || value is JsonText { Value.Length: > 0 }) asked.Add(key, value);
        asked.Set("object", (Json?)obj ?? Json.Null);
        asked.Set("oldObject", (Json?)old ?? Json.Null);
        asked.Set("options", request.Operation == AdmissionOperation.Connect ? Json.Null : new JsonMap { { "kind", request.Operation + "Options" }, { "apiVersion", "meta.k8s.io/v1" } });
        return new() { { "kind", "AdmissionReview" }, { "apiVersion", $"admission.k8s.io/{version}" }, { "request", asked } };
    }

    /// <summary>What the answer says; a fault when it is none.</summary>
    public static (Verdict? Verdict, string? Fault) Read(JsonMap review, Webhook webhook, string uid)
    {
        var wanted = $"admission.k8s.io/{webhook.ReviewVersion}";
        if (review.Text("apiVersion") is var version && version != wanted || review.Text("kind") != "AdmissionReview")
            return (null, $"expected webhook response of {wanted}, Kind=AdmissionReview, got {version ?? ""}, Kind={review.Text("kind") ?? ""}");
        if (review.Map("response") is not { } response) return (null, "webhook response was absent");
        if (response.Text("uid") != uid) return (null, $"expected response.uid=\"{uid}\", got \"{response.Text("uid") ?? ""}\"");
        string[] warnings = [.. (response.List("warnings") ?? []).Texts()];
        var annotations = (response.Map("auditAnnotations") ?? []).Where(a => a.Value is JsonText).Select(a => ($"{webhook.Name}/{a.Key}", ((JsonText)a.Value).Value)).ToList();
        if (response.Bool("allowed") != true) return (new(Refused(webhook.Name, response.Map("status")), null, warnings, annotations), null);
        if (response.Text("patch") is not { Length: > 0 } encoded) return (new(null, null, warnings, annotations), null);
        if (response.Text("patchType") != "JSONPatch") return (null, response.Has("patchType") ? $"invalid response.patchType: expected \"JSONPatch\", got \"{response.Text("patchType")}\"" : "webhook returned response.patch but not response.patchType");
        var (patch, broken) = Decode(encoded);
        return patch is null ? (null, broken) : (new(null, patch, warnings, annotations), null);
    }

    private static (Json? Patch, string? Fault) Decode(string encoded)
    {
        try
        {
            return (JsonReader.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(encoded))), null);
        }
        catch (FormatException e)
        {
            return (null, $"webhook returned a patch that can't be read: {e.Message}");
        }
    }

    private static ApiError Refused(string name, JsonMap? status)
    {
        var who = $"admission webhook \"{name}\" denied the request";
        var said = status is null ? new ApiError(400, "", "") : ApiError.FromStatus(status) with { Code = (int)Math.Max(400, status.Whole("code") ?? 400) };
        var why = said.Message.Length > 0 ? said.Message : said.Reason;
        return said with { Message = why.Length > 0 ? $"{who}: {why}" : $"{who} without explanation" };
    }
}
