using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>Connections to what runs pass admission before anything is looked up, as an object of their own kind that says what is asked for.</summary>
internal static class Connections
{
    public static Handler Admitted(string optionsKind, Handler connect) => async (server, kind, request) =>
    {
        var info = request.Info;
        var admission = new AdmissionRequest
        {
            Operation = AdmissionOperation.Connect, Kind = kind with { Name = optionsKind, Conversion = null, Complete = null }, Namespace = info.Namespace, Name = info.Name,
            Subresource = info.Subresource, Object = Options(optionsKind, info, request.Query), User = request.User, Warnings = request.Warnings,
            Annotations = request.Annotations, StandAside = request.StandAside,
        };
        return await server.Admission.Connect(server, admission) is { } refused ? refused : await connect(server, kind, request);
    };

    public static JsonMap Options(string kind, RequestInfo info, Query query)
    {
        var options = new JsonMap { { "kind", kind }, { "apiVersion", "v1" } };
        switch (kind)
        {
            case "PodExecOptions" or "PodAttachOptions":
                foreach (var stream in (string[])["stdin", "stdout", "stderr", "tty"])
                    if (query.Flag(stream)) options.Add(stream, true);
                if (query["container"] is { Length: > 0 } container) options.Add("container", container);
                if (kind == "PodExecOptions") options.Add("command", JsonList.OfTexts(query.All("command")));
                break;
            case "PodPortForwardOptions":
                var ports = query.All("ports").SelectMany(p => p.Split(',')).Select(p => int.TryParse(p, out var port) ? port : 0).Where(p => p > 0).Select(p => (Json)p).ToList();
                if (ports.Count > 0) options.Add("ports", new JsonList(ports));
                break;
            default:
                if (info.Rest.Length > 0) options.Add("path", info.Rest);
                break;
        }
        return options;
    }
}
