using System.Net;
using System.Net.Sockets;

namespace MiniKube.Machinery.Cel.Functions;

/// <summary>ip() and cidr().</summary>
internal static class AddressFunctions
{
    public static IEnumerable<(string, CelFunction)> All =>
    [
        ("ip", a => a switch
        {
            [string s] => TryIp(s, out var ip) ? ip : new CelError($"IP Address \"{s}\" parse error during conversion from string"),
            [CelCidr c] => c.Address,
            _ => CelLibrary.NotMine,
        }),
        ("isIP", a => a is [string s] ? TryIp(s, out _) : CelLibrary.NotMine),
        ("ip.isCanonical", a => a is [string s] ? TryIp(s, out var ip) ? ip.ToString() == s : new CelError($"IP Address \"{s}\" parse error during conversion from string") : CelLibrary.NotMine),
        ("family", a => a is [IPAddress ip] ? ip.AddressFamily == AddressFamily.InterNetwork ? 4L : 6L : CelLibrary.NotMine),
        ("isUnspecified", Test(ip => ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))),
        ("isLoopback", Test(IPAddress.IsLoopback)),
        ("isLinkLocalMulticast", Test(ip => Bytes(ip) is [224, 0, 0, _] or [0xff, 0x02, ..])),
        ("isLinkLocalUnicast", Test(ip => Bytes(ip) is [169, 254, _, _] || ip.IsIPv6LinkLocal)),
        ("isGlobalUnicast", Test(ip => !ip.Equals(IPAddress.Any) && !ip.Equals(IPAddress.IPv6Any) && !IPAddress.IsLoopback(ip) && !ip.IsIPv6LinkLocal
            && Bytes(ip) is not ([169, 254, _, _] or [>= 224 and <= 239, _, _, _] or [255, 255, 255, 255] or [0xff, _, _, _, _, ..]))),
        ("cidr", a => a is [string s] ? TryCidr(s, out var cidr) ? cidr : new CelError($"network address parse error during conversion from string: \"{s}\"") : CelLibrary.NotMine),
        ("isCIDR", a => a is [string s] ? TryCidr(s, out _) : CelLibrary.NotMine),
        ("containsIP", a => a switch
        {
            [CelCidr c, IPAddress ip] => Contains(c, ip, 128),
            [CelCidr c, string s] => TryIp(s, out var ip) ? Contains(c, ip, 128) : new CelError($"IP Address \"{s}\" parse error during conversion from string"),
            _ => CelLibrary.NotMine,
        }),
        ("containsCIDR", a => a switch
        {
            [CelCidr c, CelCidr inner] => Contains(c, inner.Address, inner.Bits),
            [CelCidr c, string s] => TryCidr(s, out var inner) ? Contains(c, inner.Address, inner.Bits) : new CelError($"network address parse error during conversion from string: \"{s}\""),
            _ => CelLibrary.NotMine,
        }),
        ("prefixLength", a => a is [CelCidr c] ? (long)c.Bits : CelLibrary.NotMine),
        ("masked", a => a is [CelCidr c] ? c with { Address = ValueRules.Masked(c.Address, c.Bits) } : CelLibrary.NotMine),
    ];

    private static CelFunction Test(Func<IPAddress, bool> test) => a => a is [IPAddress ip] ? test(ip) : CelLibrary.NotMine;

    private static byte[] Bytes(IPAddress ip) => ip.GetAddressBytes();

    /// <summary>Without zones and without IPv4 in IPv6's clothes.</summary>
    private static bool TryIp(string text, out IPAddress ip) => ValueRules.TryIp(text, out ip) && !ip.IsIPv4MappedToIPv6;

    private static bool TryCidr(string text, out CelCidr cidr)
    {
        cidr = null!;
        if (!ValueRules.TryCidr(text, out var address, out var bits) || address.IsIPv4MappedToIPv6) return false;
        cidr = new CelCidr(address, bits);
        return true;
    }

    private static bool Contains(CelCidr network, IPAddress ip, int bits) =>
        ip.AddressFamily == network.Address.AddressFamily && bits >= network.Bits
        && ValueRules.Masked(ip, network.Bits).Equals(ValueRules.Masked(network.Address, network.Bits));
}
