using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>Pods outlive a short absence of their node: five minutes, unless they say otherwise.</summary>
internal sealed class DefaultTolerationSeconds : IAdmission
{
    private static readonly string[] Absences = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request)
    {
        if (request.Is("", "pods") && request.Operation == AdmissionOperation.Create && request.Subresource.Length == 0) Add(request.Object!.MapOrNew("spec"));
        return ValueTask.FromResult<ApiError?>(null);
    }

    private static void Add(JsonMap spec)
    {
        var known = (spec.List("tolerations") ?? []).Maps().ToList();
        foreach (var taint in Absences)
        {
            var tolerated = known.Any(t => (string.IsNullOrEmpty(t.Text("key")) || t.Text("key") == taint) && t.Text("effect") is null or "" or "NoExecute");
            if (tolerated) continue;
            spec.ListOrNew("tolerations").Add(new JsonMap { { "key", taint }, { "operator", "Exists" }, { "effect", "NoExecute" }, { "tolerationSeconds", 300 } });
        }
    }
}
