using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>A pod that gets a node carries the labels of the node's zone and region from then on.</summary>
internal sealed class PodTopologyLabels : IAdmission
{
    private static readonly string[] Copied = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];

    public ValueTask<ApiError?> Admit(ServerContext server, AdmissionRequest request)
    {
        if (request.Is("", "pods") && request.Object is { } pod && (request.Subresource == "binding" || request is { Operation: AdmissionOperation.Create, Subresource: "" }) &&
            pod.Map("spec")?.Text("nodeName") is { Length: > 0 } node && server.Peek("nodes", "", node)?.Map("metadata")?.Map("labels") is { } labels)
        {
            foreach (var name in Copied)
                if (labels.Text(name) is { Length: > 0 } value) pod.MapOrNew("metadata").MapOrNew("labels").Set(name, value);
        }
        return ValueTask.FromResult<ApiError?>(null);
    }
}
