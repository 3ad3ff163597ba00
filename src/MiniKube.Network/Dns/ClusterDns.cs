using System.Net;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;
using MiniKube.Network.Bridge;

namespace MiniKube.Network.Dns;

/// <summary>The address names are asked for at, what they end with, and the ranges whose addresses have names.</summary>
public sealed record ClusterDnsOptions(string Address, string Domain, IReadOnlyList<string> Ranges);

/// <summary>The cluster's resolver: its service, the service's address on this host, and the server that answers there.</summary>
public sealed class ClusterDns(ClusterDnsOptions options, Caches caches, IApi api, Action<string> complain)
{
    public async Task Run(CancellationToken cancel)
    {
        await EnsureService(cancel);
        await HostAddress.Add(options.Address, cancel);
        var data = new CachedZoneData(caches);
        await data.WhenSynced(cancel);
        var own = IPAddress.Parse(options.Address);
        var zone = new ClusterZone(data, options.Domain, [.. options.Ranges.Select(Ipv4Range.Parse)]);
        var resolvers = new HostResolvers("/etc/resolv.conf", own);
        var source = new DnsSettingsSource(api, caches.Time, complain);
        IReadOnlyList<IPEndPoint> Servers(string name) => source.Now is var now && now.ServersFor(name) is { } stub ? stub : now.Upstreams.Count > 0 ? now.Upstreams : resolvers.Now();
        using var server = new DnsServer(own, 53, zone, new Forwarder(Servers, caches.Time), complain, () => source.Now);
        await Together.Run(cancel, server.Run, source.Run);
    }

    private async Task EnsureService(CancellationToken cancel)
    {
        var services = Resources.RefOf<Service>();
        static JsonMap Port(string name, string protocol) => new() { { "name", name }, { "port", 53 }, { "protocol", protocol }, { "targetPort", 53 } };
        var service = new JsonMap
        {
            { "apiVersion", "v1" }, { "kind", "Service" },
            {
                "metadata", new JsonMap
                {
                    { "name", "kube-dns" }, { "namespace", "kube-system" },
                    { "labels", new JsonMap { { "k8s-app", "kube-dns" }, { "kubernetes.io/cluster-service", "true" }, { "kubernetes.io/name", "CoreDNS" } } },
                }
            },
            { "spec", new JsonMap { { "clusterIP", options.Address }, { "ports", JsonList.Of(Port("dns", "UDP"), Port("dns-tcp", "TCP")) } } },
        };
        while (!(await api.Get(services, "kube-system", "kube-dns", cancel: cancel)).Ok)
        {
            var made = await api.Create(services, "kube-system", JsonWriter.ToUtf8(service), cancel: cancel);
            if (!made.Ok) await Task.Delay(TimeSpan.FromSeconds(1), caches.Time, cancel);
        }
    }
}
