using System.Net.Sockets;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Discovery;

internal static class EndpointSliceHooks
{
    public static readonly KindHooks All = new()
    {
        Validate = Check,
        ValidateUpdate = (slice, old, errors) => Spot.Root(slice, errors)["addressType"].SameAs(old["addressType"]),
    };

    private static void Check(JsonMap slice, List<FieldError> errors)
    {
        var root = Spot.Root(slice, errors);
        var (type, endpoints, ports) = (root["addressType"], root["endpoints"], root["ports"]);
        if (type.IsBlank) type.Required();
        else if (type.Text is not ("IPv4" or "IPv6" or "FQDN")) type.NotSupported("FQDN", "IPv4", "IPv6");
        if (endpoints.List.Count > 1000) endpoints.TooMany(1000);
        foreach (var endpoint in endpoints.Items()) Endpoint(endpoint, type.Text);
        Ports(ports);
    }

    private static void Endpoint(Spot endpoint, string type)
    {
        var addresses = endpoint["addresses"];
        if (addresses.List.Count == 0) addresses.Required("must contain at least 1 address");
        else if (addresses.List.Count > 100) addresses.TooMany(100);
        foreach (var address in addresses.Items())
        {
            if (type == "FQDN")
            {
                address.Follows(NameRules.DnsSubdomain);
                continue;
            }
            if (!ValueRules.TryIp(address.Text, out var ip)) address.Follows(ValueRules.Ip);
            else if (ip.AddressFamily != (type == "IPv4" ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6))
                address.Invalid(type == "IPv4" ? "must be an IPv4 address" : "must be an IPv6 address");
            else EndpointRules.NotSpecial(address);
        }
        if (endpoint["nodeName"].IsSet) endpoint["nodeName"].Follows(NameRules.DnsSubdomain);
        if (endpoint["hostname"].IsSet) endpoint["hostname"].Follows(NameRules.DnsLabel);
        if (endpoint["hints"]["forZones"].List.Count > 8) endpoint["hints"]["forZones"].TooMany(8);
    }

    private static void Ports(Spot ports)
    {
        if (ports.List.Count > 20_000) ports.TooMany(20_000);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var port in ports.Items())
        {
            if (!names.Add(port["name"].Text)) port["name"].Duplicate(port["name"].Text);
            if (!port["name"].IsBlank) port["name"].Follows(NameRules.DnsLabel);
            port["protocol"].OneOf("SCTP", "TCP", "UDP");
            if (port["port"].IsSet) ValueRules.Port(port["port"]);
            if (port["appProtocol"].IsSet) port["appProtocol"].Follows(LabelRules.Key);
        }
    }
}
