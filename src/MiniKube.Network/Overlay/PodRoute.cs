using System.Net;
using MiniKube.Network.Bridge;

namespace MiniKube.Network.Overlay;

/// <summary>A node as others reach it.</summary>
public sealed record NodePlace(string Name, string PodCidr, string Address);

/// <summary>The way to another node's pods: over a link that both share, or (no device) through the tunnel.</summary>
public sealed record PodRoute(string PodCidr, string Node, string? Device)
{
    /// <summary>Where the tunnel ends on the other node: the first address of its range, which is nobody else's.</summary>
    public IPAddress Endpoint => Ipv4Range.Parse(PodCidr).At(0);

    public string HardwareAddress => Uplink.HardwareAddress("0e", Endpoint);

    /// <summary>Pure: the ways from one node to all others, given the ranges that its links reach directly.</summary>
    public static IReadOnlyList<PodRoute> For(string self, IEnumerable<NodePlace> nodes, IReadOnlyList<LinkRange> links)
    {
        var all = nodes.Where(n => IPAddress.TryParse(n.Address, out _)).ToArray();
        var own = all.FirstOrDefault(n => n.Name == self);
        return
        [
            .. all.Where(n => n.Name != self && n.PodCidr != own?.PodCidr && n.Address != own?.Address).OrderBy(n => n.PodCidr, StringComparer.Ordinal).DistinctBy(n => n.PodCidr)
                .Select(n => new PodRoute(n.PodCidr, n.Address, links.Where(l => l.Range.Contains(IPAddress.Parse(n.Address))).OrderByDescending(l => l.Range.Prefix).FirstOrDefault()?.Device)),
        ];
    }
}

/// <summary>Addresses that a link reaches without a router.</summary>
public sealed record LinkRange(Ipv4Range Range, string Device)
{
    /// <summary>Out of `ip -o -4 route show scope link`, without links of our own.</summary>
    public static IReadOnlyList<LinkRange> Parse(string routes, string bridge) =>
    [
        .. routes.Split('\n').Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(w => w is [_, "dev", var device, ..] && device != bridge && device != NodeRoutes.Tunnel && char.IsAsciiDigit(w[0][0]))
            .Select(w => new LinkRange(Ipv4Range.Parse(w[0].Contains('/', StringComparison.Ordinal) ? w[0] : $"{w[0]}/32"), w[2])),
    ];
}
