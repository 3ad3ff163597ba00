using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace MiniKube.Host;

/// <summary>The addresses by which this machine can be reached.</summary>
internal static class HostAddresses
{
    /// <summary>Names of interfaces that lead to containers, not to other machines.</summary>
    private static readonly string[] Inner = ["minik", "mk", "docker", "br-", "veth", "cni", "virbr"];

    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    /// <summary>The address of the interface with the default route, else of any that leads out, else loopback.</summary>
    public static IPAddress Primary()
    {
        var candidates = Interfaces(outer: true).ToList();
        var routed = candidates.FirstOrDefault(c => c.HasGateway);
        if (routed.Address is not null) return routed.Address;
        return candidates.FirstOrDefault().Address ?? IPAddress.Loopback;
    }

    /// <summary>The primary address as it changes; while the machine has none at all, it is still known by its last.</summary>
    public static Func<IPAddress> Follow(TimeProvider time)
    {
        var (last, asked) = (Primary(), time.GetTimestamp());
        return () =>
        {
            if (time.GetElapsedTime(asked) < Fresh) return last;
            asked = time.GetTimestamp();
            return last = Primary() is var now && !IPAddress.IsLoopback(now) ? now : last;
        };
    }

    /// <summary>The node's address as it is now: given once and for all, or that of the interface that leads out, which may change.</summary>
    public static Func<IPAddress> OfNode(NodeSettings settings, TimeProvider time)
    {
        if (settings.NodeIp is { } given) return () => IPAddress.Parse(given);
        if (settings is ServerSettings { AdvertiseAddress: { } advertised } && IPAddress.TryParse(advertised, out var known) && !IPAddress.IsLoopback(known)) return () => known;
        return Follow(time);
    }

    /// <summary>Those by which other machines reach this one.</summary>
    public static IReadOnlyList<IPAddress> Outer() => [.. Interfaces(outer: true).Select(c => c.Address).Distinct()];

    public static IReadOnlyList<IPAddress> All() => [.. Interfaces(outer: false).Select(c => c.Address).Distinct()];

    private static IEnumerable<(IPAddress Address, bool HasGateway)> Interfaces(bool outer)
    {
        foreach (var nic in NetworkInterface.GetAllNetworkInterfaces())
        {
            // Loopback may carry the addresses of services.
            if (outer && (nic.NetworkInterfaceType == NetworkInterfaceType.Loopback || Inner.Any(i => nic.Name.StartsWith(i, StringComparison.Ordinal)))) continue;
            if (nic.OperationalStatus is not (OperationalStatus.Up or OperationalStatus.Unknown)) continue;
            var properties = nic.GetIPProperties();
            foreach (var unicast in properties.UnicastAddresses)
                if (unicast.Address.AddressFamily == AddressFamily.InterNetwork)
                    yield return (unicast.Address, properties.GatewayAddresses.Count > 0);
        }
    }
}
