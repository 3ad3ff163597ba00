using System.Net;
using System.Net.Sockets;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>Addresses that endpoints and external addresses may not be.</summary>
public static class EndpointRules
{
    public static void NotSpecial(Spot at)
    {
        if (!ValueRules.TryIp(at.Text, out var ip)) return;
        if (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)) at.Invalid($"may not be unspecified ({at.Text})");
        if (IPAddress.IsLoopback(ip)) at.Invalid("may not be in the loopback range (127.0.0.0/8, ::1/128)");
        var bytes = ip.GetAddressBytes();
        var v4 = ip.AddressFamily == AddressFamily.InterNetwork;
        if (v4 ? bytes[0] == 169 && bytes[1] == 254 : ip.IsIPv6LinkLocal) at.Invalid("may not be in the link-local range (169.254.0.0/16, fe80::/10)");
        if (v4 ? bytes[0] == 224 && bytes[1] == 0 && bytes[2] == 0 : bytes[0] == 0xff && (bytes[1] & 0x0f) == 2)
            at.Invalid("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
    }
}
