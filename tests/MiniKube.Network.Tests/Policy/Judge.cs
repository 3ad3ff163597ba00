using System.Net;
using MiniKube.Network.Policy;

namespace MiniKube.Network.Tests.Policy;

/// <summary>What the rules say of a connection, without a kernel.</summary>
internal static class Judge
{
    public static bool Passes(this PolicyRules rules, string from, string to, string protocol, int port)
    {
        // The node's own packets are nobody's business, nor is what a pod says to itself.
        if (from == to || from == "10.42.0.1" || to == "10.42.0.1") return true;
        return Lets(rules, rules.Pods.GetValueOrDefault(from)?.Egress, to) && Lets(rules, rules.Pods.GetValueOrDefault(to)?.Ingress, from);

        bool Lets(PolicyRules rules, IReadOnlyList<string>? doors, string other) => doors is null || doors.SelectMany(d => rules.Doors[d].Allowed).Any(a => Fits(a, other));

        bool Fits(Allowance allowed, string other) => (allowed.Ports is not { } gate || gate.Protocol == protocol && (gate.Ranges.Count == 0 || gate.Ranges.Any(r => r.From <= port && port <= r.To)))
            && allowed.Peer switch
            {
                null => true,
                Peer.Group group => rules.Groups[group.Name].Members.Contains(other),
                Peer.Sockets sockets => rules.Groups[sockets.Name].Members.Contains($"{to} {port}"),
                Peer.Block block => Ipv4Range.Parse(block.Cidr).Contains(IPAddress.Parse(other)) && !block.Except.Any(e => Ipv4Range.Parse(e).Contains(IPAddress.Parse(other))),
                _ => throw new InvalidOperationException(),
            };
    }
}
