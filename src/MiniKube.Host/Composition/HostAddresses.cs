using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace MiniKube.Host;

/// <summary>The addresses by which this machine can be reached.</summary>
internal static class HostAddresses
{
    /// <summary>The address of the interface with the default route, else any that is not loopback, else loopback.</summary>
    public static IPAddress Primary()
    {
        var candidates = Interfaces().ToList();
        var routed = candidates.FirstOrDefault(c => c.HasGateway);
        if (routed.Address is not null) return routed.Address;
        return candidates.FirstOrDefault(c => !IPAddress.IsLoopback(c.Address)).Address ?? IPAddress.Loopback;
    }

    public static IReadOnlyList<IPAddress> All() => [.. Interfaces().Select(c => c.Address).Distinct()];

    private static IEnumerable<(IPAddress Address, bool HasGateway)> Interfaces()
    {
        foreach (var nic in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (nic.OperationalStatus is not (OperationalStatus.Up or OperationalStatus.Unknown)) continue;
            var properties = nic.GetIPProperties();
            foreach (var unicast in properties.UnicastAddresses)
                if (unicast.Address.AddressFamily == AddressFamily.InterNetwork)
                    yield return (unicast.Address, properties.GatewayAddresses.Count > 0);
        }
    }
}
