using System.Globalization;
using System.Net;

namespace MiniKube.Network.Bridge;

/// <summary>The interface that leads out of this host, and what follows from it.</summary>
internal static class Uplink
{
    /// <summary>What VXLAN adds to a packet: outer Ethernet, IP, UDP and its own header.</summary>
    public const int TunnelOverhead = 50;
    private const int Usual = 1500;

    /// <summary>Of the default route; without one the smallest of the interfaces that are up, which is safe.</summary>
    public static async Task<int> Mtu(CancellationToken cancel)
    {
        var routes = await Tool.Run("ip", ["-o", "route", "show", "default"], null, cancel);
        var device = After(routes.Output, "dev");
        var links = (await Tool.Run("ip", ["-o", "link", "show", "up"], null, cancel)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => (Name: l.Split(": ")[1].Split('@')[0], Mtu: int.TryParse(After(l, "mtu"), NumberStyles.None, CultureInfo.InvariantCulture, out var mtu) ? mtu : Usual))
            .Where(l => l.Name != "lo" && !l.Name.StartsWith("minik", StringComparison.Ordinal) && !l.Name.StartsWith("mk", StringComparison.Ordinal)).ToArray();
        return links.Where(l => l.Name == device).Concat(links.OrderBy(l => l.Mtu)).Select(l => l.Mtu).Append(Usual).First(m => m > TunnelOverhead);
    }

    /// <summary>A locally administered hardware address that follows from an IP address: nobody has to be told of it.</summary>
    public static string HardwareAddress(string first, IPAddress address) =>
        string.Join(':', address.GetAddressBytes().Select(b => b.ToString("x2", CultureInfo.InvariantCulture)).Prepend("6b").Prepend(first));

    public static string? After(string text, string word)
    {
        var words = text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        var at = Array.IndexOf(words, word);
        return at >= 0 && at + 1 < words.Length ? words[at + 1] : null;
    }
}
