using MiniKube.Machinery;

namespace MiniKube.Server.Streams;

/// <summary>Where a service leads to right now.</summary>
internal static class ServiceEndpoints
{
    /// <summary>The ready endpoints of one of its ports.</summary>
    public static IEnumerable<(string Address, int Port, JsonMap? Target)> Ready(ServerContext server, string ns, string name, string port)
    {
        foreach (var entry in server.Store.Snapshot().List("endpointslices.discovery.k8s.io", ns))
        {
            var slice = ObjectCodec.Shared(entry);
            if (slice.Map("metadata")?.Map("labels")?.Text("kubernetes.io/service-name") != name) continue;
            if ((slice.List("ports") ?? []).Maps().FirstOrDefault(p => (p.Text("name") ?? "") == port)?.Whole("port") is not { } to) continue;
            foreach (var endpoint in (slice.List("endpoints") ?? []).Maps().Where(e => e.Map("conditions")?.Bool("ready") != false))
                foreach (var address in (endpoint.List("addresses") ?? []).Texts()) yield return (address, (int)to, endpoint.Map("targetRef"));
        }
    }
}
