using System.Net;
using System.Net.Sockets;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Discovery;

namespace MiniKube.Network.Proxy;

/// <summary>All ways into one service as one node sees them.</summary>
public sealed record ServiceFrontends(IReadOnlyList<Frontend> All, HealthNode? Health)
{
    public static readonly ServiceFrontends None = new([], null);

    private const int DefaultStickSeconds = 10800;

    /// <summary>Pure: the same service, slices and node always give the same frontends in the same order.</summary>
    public static ServiceFrontends For(Service service, IReadOnlyList<EndpointSlice> slices, ProxyNode node)
    {
        var spec = service.Spec ?? new();
        if (spec.Type == "ExternalName" || !IsIpv4(spec.ClusterIP)) return None;
        var result = new List<Frontend>();
        var local = 0;
        foreach (var port in spec.Ports ?? [])
        {
            var endpoints = Endpoints.Of(slices, port.Name ?? "", port.Protocol ?? "TCP");
            var all = Endpoints.Usable(endpoints);
            var everywhere = Endpoints.Near(all, node);
            var here = Endpoints.Usable(endpoints.Where(e => e.Node == node.Name));
            local = Math.Max(local, endpoints.Count(e => e.Node == node.Name && e.Ready));
            var ways = new PortWays(service, port, spec.SessionAffinity == "ClientIP" ? spec.SessionAffinityConfig?.ClientIP?.TimeoutSeconds ?? DefaultStickSeconds : null, everywhere, here);

            result.Add(ways.Within(spec.ClusterIP!));
            var balanced = (service.Status?.LoadBalancer?.Ingress ?? []).Where(i => i.IpMode != "Proxy").Select(i => i.Ip).Where(IsIpv4).Select(i => i!).Distinct().ToArray();
            foreach (var address in (spec.ExternalIPs ?? []).Where(IsIpv4).Distinct()) result.Add(ways.FromOutside(address, port.Port ?? 0, []));
            // Balanced at the node's own addresses, a port is open on all of them: localhost is one.
            var onNode = balanced.Any(node.Addresses.Contains);
            if (onNode) result.Add(ways.FromOutside(null, port.Port ?? 0, spec.LoadBalancerSourceRanges ?? []));
            foreach (var address in balanced.Where(a => !onNode || !node.Addresses.Contains(a))) result.Add(ways.FromOutside(address, port.Port ?? 0, spec.LoadBalancerSourceRanges ?? []));
            if (port.NodePort is > 0 and var nodePort) result.Add(ways.FromOutside(null, nodePort, []));
        }
        var health = spec is { Type: "LoadBalancer", ExternalTrafficPolicy: "Local", HealthCheckNodePort: > 0 and var healthPort }
            ? new HealthNode(service.Metadata.Namespace ?? "", service.Metadata.Name ?? "", healthPort, local) : null;
        return new([.. result.DistinctBy(f => f.Key)], health);
    }

    private static bool IsIpv4(string? text) => text is not (null or "" or "None") && IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork;

    /// <summary>Ranges without those that lie within others; empty when everybody may come.</summary>
    private static IReadOnlyList<string> Allowed(IReadOnlyList<string> sources)
    {
        if (sources.Count == 0) return [];
        var ranges = sources.Select(s => s.Trim()).Where(s => IsIpv4(s.Split('/')[0])).Select(Ipv4Range.Parse).Distinct().ToArray();
        if (ranges.Any(r => r.Prefix == 0)) return [];
        // Ranges of another family only: nobody of this one.
        if (ranges.Length == 0) return ["255.255.255.255/32"];
        return [.. ranges.Where(r => !ranges.Any(o => o.Prefix < r.Prefix && o.Contains(Ipv4Range.Address(r.First)))).Select(r => r.ToString())];
    }

    private sealed class PortWays(Service service, ServicePort port, int? stickSeconds, IReadOnlyList<Backend> everywhere, IReadOnlyList<Backend> here)
    {
        private readonly bool localOnly = service.Spec?.ExternalTrafficPolicy == "Local";
        private readonly string protocol = (port.Protocol ?? "TCP").ToLowerInvariant();
        private readonly string owner = $"{service.Metadata.Namespace}/{service.Metadata.Name}:{port.Name}";

        public Frontend Within(string address)
        {
            var local = service.Spec?.InternalTrafficPolicy == "Local";
            var backends = local ? here : everywhere;
            return new(owner, protocol, address, port.Port ?? 0) { Backends = backends, StickySeconds = stickSeconds, ServedElsewhere = backends.Count == 0 && everywhere.Count > 0 };
        }

        public Frontend FromOutside(string? address, int number, IReadOnlyList<string> sources) => new(owner, protocol, address, number)
        {
            Backends = localOnly ? here : everywhere, Inside = localOnly ? everywhere : null, Masquerade = !localOnly, StickySeconds = stickSeconds,
            Sources = Allowed(sources),
            ServedElsewhere = localOnly && here.Count == 0 && everywhere.Count > 0,
        };
    }
}
