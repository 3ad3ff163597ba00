using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>A new node is not ready until it says so: nothing is scheduled to it before.</summary>
internal sealed class TaintNodesByCondition : IAdmission
{
    private const string NotReady = "node.kubernetes.io/not-ready";

    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request)
    {
        if (request.Is("", "nodes") && request is { Operation: AdmissionOperation.Create, Object: { } node })
        {
            var taints = node.MapOrNew("spec").ListOrNew("taints");
            if (!taints.Maps().Any(t => t.Text("key") == NotReady && t.Text("effect") == "NoSchedule"))
                taints.Add(new JsonMap { { "key", NotReady }, { "effect", "NoSchedule" } });
        }
        return ValueTask.FromResult<ApiError?>(null);
    }
}
