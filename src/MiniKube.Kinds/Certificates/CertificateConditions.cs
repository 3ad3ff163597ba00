using MiniKube.Machinery;

namespace MiniKube.Kinds.Certificates;

/// <summary>What was decided about a request stays decided, one way only; and deciding is not what its status is for.</summary>
internal static class CertificateConditions
{
    private const string At = "status.conditions";
    private static readonly string[] Final = ["Approved", "Denied", "Failed"];
    private static readonly string[] Decisions = ["Approved", "Denied"];

    public static void Check(JsonMap next, JsonMap old, bool mayDecide, List<FieldError> errors)
    {
        var (now, before) = (Of(next), Of(old));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < now.Count; i++)
        {
            var (type, status) = (now[i].Text("type") ?? "", now[i].Text("status") ?? "");
            if (type.Length == 0) errors.Add(FieldError.Required($"{At}[{i}].type"));
            string[] allowed = Final.Contains(type) ? ["True"] : ["False", "True", "Unknown"];
            if (status.Length == 0) errors.Add(FieldError.Required($"{At}[{i}].status"));
            else if (!allowed.Contains(status)) errors.Add(FieldError.NotSupported($"{At}[{i}].status", status, allowed));
            if (!seen.Add(type)) errors.Add(FieldError.Duplicate($"{At}[{i}].type", type));
            if (Decisions.Contains(type) && seen.IsSupersetOf(Decisions)) errors.Add(FieldError.Invalid($"{At}[{i}].type", type, "Approved and Denied conditions are mutually exclusive"));
        }
        foreach (var type in Final)
        {
            var (has, had) = (now.Exists(c => c.Text("type") == type), before.Exists(c => c.Text("type") == type));
            if (had && !has) errors.Add(FieldError.Forbidden(At, $"updates may not remove a condition of type \"{type}\""));
            if (has && !had && !mayDecide && Decisions.Contains(type)) errors.Add(FieldError.Forbidden(At, $"updates may not add a condition of type \"{type}\""));
        }
        if (old.Map("status")?.Text("certificate") is { Length: > 0 } issued && next.Map("status")?.Text("certificate") != issued)
            errors.Add(FieldError.Forbidden("status.certificate", "updates may not modify existing certificate content"));
    }

    private static List<JsonMap> Of(JsonMap request) => [.. (request.Map("status")?.List("conditions") ?? []).Maps()];
}
