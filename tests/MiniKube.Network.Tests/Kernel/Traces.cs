using System.Text.RegularExpressions;

namespace MiniKube.Network.Tests.Kernel;

/// <summary>All that a node could leave behind in a network namespace.</summary>
internal static partial class Traces
{
    private static readonly string[] Commands =
    [
        "nft -s list ruleset", "iptables-nft-save", "iptables-legacy-save", "ip -o link", "ip -4 -o addr", "ip -4 route show table all", "ip rule", "conntrack -L",
        "cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/all/route_localnet /proc/sys/net/ipv4/conf/all/send_redirects /proc/sys/net/bridge/bridge-nf-call-iptables",
    ];

    public static async Task<string> Of(Namespace place)
    {
        var text = new List<string>();
        foreach (var command in Commands)
        {
            // To ask the legacy tool makes its tables: what counts is what is in them. Of flows, those with our addresses count.
            var legacy = command.StartsWith("iptables-legacy", StringComparison.Ordinal);
            var flows = command.StartsWith("conntrack", StringComparison.Ordinal);
            var lines = (await place.Run(command.Split(' '))).Split('\n').Where(l => !l.StartsWith('#') && (!legacy || l.StartsWith("-A", StringComparison.Ordinal)) && (!flows || l.Contains("=10.4", StringComparison.Ordinal)));
            text.Add($"$ {command}\n{Passing().Replace(string.Join('\n', lines), "")}");
        }
        return string.Join('\n', text);
    }

    // Counters, and whether the other end of a link is up just now, are nobody's trace.
    [GeneratedRegex(@" \[\d+:\d+\]| qlen \d+|NO-CARRIER,|LOWER_UP|,M-DOWN| state \w+| linkdown")]
    private static partial Regex Passing();
}
