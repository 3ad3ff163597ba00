using MiniKube.Machinery;

namespace MiniKube.Server.Streams;

/// <summary>The pod a request is about, the container it means and the node to ask.</summary>
internal sealed record PodTarget(INodeDoor Door, string Container, JsonMap Pod)
{
    private const string DefaultContainer = "kubectl.kubernetes.io/default-container";

    public static Result<PodTarget> Of(ServerContext server, NodeDoors doors, ApiRequest request, bool needsContainer)
    {
        var (ns, name) = (request.Info.Namespace, request.Info.Name);
        if (server.Peek("pods", ns, name) is not { } pod) return ApiError.NotFound("", "pods", name);
        var spec = pod.Map("spec") ?? [];
        var container = request.Query["container"] ?? "";
        var all = Containers(spec).ToList();
        if (container.Length > 0 && !all.Contains(container)) return ApiError.BadRequest($"container {container} is not valid for pod {name}");
        if (container.Length == 0 && needsContainer)
        {
            var mains = (spec.List("containers") ?? []).Maps().Select(c => c.Text("name")!).ToList();
            var preferred = pod.Map("metadata")?.Map("annotations")?.Text(DefaultContainer);
            if (mains.Count == 1) container = mains[0];
            else if (preferred is not null && mains.Contains(preferred)) container = preferred;
            else
            {
                var inits = (spec.List("initContainers") ?? []).Maps().Select(c => c.Text("name")!).ToList();
                return ApiError.BadRequest($"a container name must be specified for pod {name}, choose one of: [{string.Join(' ', mains)}]{(inits.Count > 0 ? $" or one of the init containers: [{string.Join(' ', inits)}]" : "")}");
            }
        }
        if (spec.Text("nodeName") is not { Length: > 0 } node) return ApiError.BadRequest($"pod {name} does not have a host assigned");
        return doors.Of(node) is { } door ? new PodTarget(door, container, pod) : ApiError.Internal($"node \"{node}\" is not connected: its agent doesn't run, or can't reach this server");
    }

    private static IEnumerable<string> Containers(JsonMap spec) =>
        ((string[])["initContainers", "containers", "ephemeralContainers"]).SelectMany(l => (spec.List(l) ?? []).Maps()).Select(c => c.Text("name")!);
}
