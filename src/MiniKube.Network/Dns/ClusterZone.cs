using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Discovery;

namespace MiniKube.Network.Dns;

/// <summary>What the zone reads: services and slices by name, and who has an address.</summary>
public interface IZoneData
{
    Service? Service(string ns, string name);
    bool HasNamespace(string ns);
    IEnumerable<EndpointSlice> Slices(string ns, string service);
    Service? ServiceAt(string address);
    IEnumerable<EndpointSlice> SlicesWith(string address);
}

/// <summary>The cluster's names, as the Kubernetes DNS specification has them. Null is "not ours": to be forwarded.</summary>
public sealed class ClusterZone(IZoneData data, string domain, IReadOnlyList<Ipv4Range> ranges)
{
    private const string Version = "1.1.0";

    private readonly string suffix = "." + domain;

    public Answer? Answer(string name, RecordType type)
    {
        if (name == domain || name.EndsWith(suffix, StringComparison.Ordinal)) return WithStart(Inside(name, type), domain);
        if (name.EndsWith(".in-addr.arpa", StringComparison.Ordinal)) return Reverse(name, type);
        return null;
    }

    private Answer Inside(string name, RecordType type)
    {
        if (name == domain)
            return type is RecordType.SOA ? new(ResponseCode.NoError, [Records.Start(domain)]) : type is RecordType.NS ? new(ResponseCode.NoError, [new(name, RecordType.NS, Records.Ttl, DnsMessage.Name($"ns.dns.{domain}"))]) : Dns.Answer.NoData;
        var labels = name[..^suffix.Length].Split('.');
        return labels switch
        {
            ["dns-version"] => type == RecordType.TXT ? new(ResponseCode.NoError, [Records.Text(name, Version)]) : Dns.Answer.NoData,
            ["svc"] or ["pod"] => Dns.Answer.NoData,
            [var ns, "svc" or "pod"] => data.HasNamespace(ns) ? Dns.Answer.NoData : Dns.Answer.NoName,
            [var ip, var ns, "pod"] => Pod(name, ip, ns, type),
            [var service, var ns, "svc"] => Service(name, ns, service, type),
            [var port, var protocol, var service, var ns, "svc"] when port.StartsWith('_') && protocol.StartsWith('_') => Port(name, ns, service, port[1..], protocol[1..], type),
            [var protocol, var service, var ns, "svc"] when protocol is "_tcp" or "_udp" or "_sctp" => data.Service(ns, service) is null ? Dns.Answer.NoName : Dns.Answer.NoData,
            [var host, var service, var ns, "svc"] => Host(name, ns, service, host, type),
            _ => Dns.Answer.NoName,
        };
    }

    private Answer Pod(string name, string ip, string ns, RecordType type)
    {
        if (!data.HasNamespace(ns) || !IPAddress.TryParse(ip.Replace('-', '.'), out var address) || ip.Split('-').Length != 4) return Dns.Answer.NoName;
        return type is RecordType.A or RecordType.Any ? new(ResponseCode.NoError, [Records.Address(name, address)]) : Dns.Answer.NoData;
    }

    private Answer Service(string name, string ns, string service, RecordType type)
    {
        if (data.Service(ns, service) is not { Spec: { } spec } found) return Dns.Answer.NoName;
        if (spec.Type == "ExternalName") return spec.ExternalName is { } target ? new(ResponseCode.NoError, [Records.Alias(name, target.TrimEnd('.').ToLowerInvariant())]) : Dns.Answer.NoData;
        if (spec.ClusterIP == "None")
        {
            var endpoints = Endpoints(found, ns, service).ToArray();
            // A headless service without endpoints has no name.
            if (endpoints.Length == 0) return Dns.Answer.NoName;
            if (type == RecordType.SRV) return Ports(name, found, endpoints, null, null);
            return Addresses(name, endpoints.Select(e => e.Address).Distinct(), type);
        }
        if (type == RecordType.SRV)
            return new(ResponseCode.NoError, Shared([.. (spec.Ports ?? []).Select(p => (name, p.Port ?? 0))], name)) { Additional = Addresses(name, Clusters(spec), RecordType.Any).Answers };
        return Addresses(name, Clusters(spec), type);
    }

    private Answer Host(string name, string ns, string service, string host, RecordType type)
    {
        if (data.Service(ns, service) is not { } found || found.Spec?.ClusterIP != "None") return Dns.Answer.NoName;
        var matching = Endpoints(found, ns, service).Where(e => e.Hostname == host).ToArray();
        return matching.Length == 0 ? Dns.Answer.NoName : type == RecordType.SRV ? Ports(name, found, matching, null, null) : Addresses(name, matching.Select(e => e.Address), type);
    }

    private Answer Port(string name, string ns, string service, string port, string protocol, RecordType type)
    {
        if (data.Service(ns, service) is not { Spec: { } spec } found) return Dns.Answer.NoName;
        if (spec.ClusterIP == "None")
        {
            var endpoints = Endpoints(found, ns, service).ToArray();
            var answer = Ports(name, found, endpoints, port, protocol);
            return answer.Answers.Count == 0 ? Dns.Answer.NoName : type is RecordType.SRV or RecordType.Any ? answer : Dns.Answer.NoData;
        }
        var matching = (spec.Ports ?? []).Where(p => p.Name == port && (p.Protocol ?? "TCP").Equals(protocol, StringComparison.OrdinalIgnoreCase)).ToArray();
        if (matching.Length == 0) return Dns.Answer.NoName;
        if (type is not (RecordType.SRV or RecordType.Any)) return Dns.Answer.NoData;
        var target = $"{service}.{ns}.svc.{domain}";
        return new(ResponseCode.NoError, Shared([.. matching.Select(p => (target, p.Port ?? 0))], name)) { Additional = Addresses(target, Clusters(spec), RecordType.Any).Answers };
    }

    private Answer Ports(string name, Service service, IReadOnlyList<Named> endpoints, string? port, string? protocol)
    {
        var targets = new List<(string Target, int Port)>();
        var addresses = new List<Record>();
        foreach (var endpoint in endpoints)
        {
            var target = $"{endpoint.Hostname}.{service.Metadata.Name}.{service.Metadata.Namespace}.svc.{domain}";
            foreach (var (portName, number, portProtocol) in endpoint.Ports)
            {
                if (port is not null && (portName != port || !portProtocol.Equals(protocol, StringComparison.OrdinalIgnoreCase))) continue;
                targets.Add((target, number));
            }
            addresses.Add(Records.Address(target, IPAddress.Parse(endpoint.Address)));
        }
        return new(ResponseCode.NoError, Shared([.. targets.Distinct()], name)) { Additional = addresses };
    }

    private Answer? Reverse(string name, RecordType type)
    {
        var labels = name.Split('.');
        if (labels.Length != 6 || !IPAddress.TryParse($"{labels[3]}.{labels[2]}.{labels[1]}.{labels[0]}", out var address)) return null;
        var text = address.ToString();
        var names = new List<string>();
        if (data.ServiceAt(text) is { } service) names.Add($"{service.Metadata.Name}.{service.Metadata.Namespace}.svc.{domain}");
        foreach (var slice in data.SlicesWith(text))
        {
            var owner = slice.Metadata.Labels?.GetValueOrDefault("kubernetes.io/service-name");
            var endpoint = slice.Endpoints?.FirstOrDefault(e => e.Addresses?.Contains(text) == true);
            if (owner is null || endpoint is null || data.Service(slice.Metadata.Namespace!, owner)?.Spec?.ClusterIP != "None") continue;
            names.Add($"{HostOf(endpoint, text)}.{owner}.{slice.Metadata.Namespace}.svc.{domain}");
        }
        if (names.Count > 0) return type is RecordType.PTR or RecordType.Any ? new(ResponseCode.NoError, [.. names.Distinct().Select(n => Records.Pointer(name, n))]) : Dns.Answer.NoData;
        return ranges.Any(r => r.Contains(address)) ? Dns.Answer.NoName : null;
    }

    private IEnumerable<Named> Endpoints(Service service, string ns, string name)
    {
        foreach (var slice in data.Slices(ns, name))
        {
            if (slice.AddressType == "FQDN") continue;
            foreach (var endpoint in slice.Endpoints ?? [])
            {
                if (endpoint.Conditions?.Ready == false && service.Spec?.PublishNotReadyAddresses != true) continue;
                foreach (var address in endpoint.Addresses ?? [])
                    yield return new(address, HostOf(endpoint, address), [.. (slice.Ports ?? []).Select(p => (p.Name ?? "", p.Port ?? 0, p.Protocol ?? "TCP"))]);
            }
        }
    }

    private static string HostOf(Endpoint endpoint, string address) => endpoint.Hostname is { Length: > 0 } host ? host : address.Replace('.', '-').Replace(':', '-');

    private static Answer Addresses(string name, IEnumerable<string> addresses, RecordType type)
    {
        var records = addresses.Select(IPAddress.Parse)
            .Where(a => type is RecordType.Any || type == (a.AddressFamily == AddressFamily.InterNetworkV6 ? RecordType.AAAA : RecordType.A))
            .Select(a => Records.Address(name, a)).ToArray();
        return records.Length == 0 ? Dns.Answer.NoData : new(ResponseCode.NoError, records);
    }

    private static IEnumerable<string> Clusters(ServiceSpec spec) => spec.ClusterIPs is { Count: > 0 } many ? many : spec.ClusterIP is { Length: > 0 } one ? [one] : [];

    private static Record[] Shared((string Target, int Port)[] targets, string name) =>
        [.. targets.Select(t => Records.Service(name, t.Target, t.Port, targets.Length == 0 ? 100 : Math.Max(1, 100 / targets.Length)))];

    private static Answer WithStart(Answer answer, string zone) => answer.Answers.Count > 0 ? answer : answer with { Authority = [Records.Start(zone)] };

    private sealed record Named(string Address, string Hostname, IReadOnlyList<(string Name, int Port, string Protocol)> Ports);
}

/// <summary>The zone's data out of the caches.</summary>
public sealed class CachedZoneData : IZoneData
{
    private readonly Cache<Service> services;
    private readonly Cache<Namespace> namespaces;
    private readonly Cache<EndpointSlice> slices;
    private readonly Index<EndpointSlice> byService;
    private readonly Index<EndpointSlice> byAddress;
    private readonly Index<Service> byClusterIP;

    public CachedZoneData(Caches caches)
    {
        services = caches.Of(Resources.Of<Service>());
        namespaces = caches.Of(Resources.Of<Namespace>());
        slices = caches.Of(Resources.Of<EndpointSlice>());
        byService = slices.Index("service", i => i.Meta.Label("kubernetes.io/service-name") is { } name ? [$"{i.Namespace}/{name}"] : []);
        byAddress = slices.Index("address", i => (i.Value.Endpoints ?? []).SelectMany(e => e.Addresses ?? []));
        byClusterIP = services.Index("cluster-ip", i => i.Value.Spec?.ClusterIPs ?? []);
    }

    public Task WhenSynced(CancellationToken cancel) => Task.WhenAll(services.WhenSynced(cancel), namespaces.WhenSynced(cancel), slices.WhenSynced(cancel));

    public Service? Service(string ns, string name) => services.Get(ns, name)?.Value;
    public bool HasNamespace(string ns) => namespaces.Get("", ns) is not null;
    public IEnumerable<EndpointSlice> Slices(string ns, string service) => byService[string.Create(CultureInfo.InvariantCulture, $"{ns}/{service}")].Select(i => i.Value);
    public Service? ServiceAt(string address) => byClusterIP[address] is [var first, ..] ? first.Value : null;
    public IEnumerable<EndpointSlice> SlicesWith(string address) => byAddress[address].Select(i => i.Value);
}
