using System.Text;

namespace MiniKube.Network.Proxy;

/// <summary>Rules and differences as input of iptables-restore; only chains of our own are named.</summary>
internal static class IptablesScript
{
    private static readonly string[] Tables = ["nat", "filter", "mangle"];

    /// <summary>Everything anew; chains that an earlier process left and that are no longer wanted go.</summary>
    public static string Full(Tally rules, IReadOnlySet<string> present, string serviceCidr)
    {
        var chains = rules.Chains.Concat(Fixed(serviceCidr)).ToArray();
        var wanted = chains.Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
        Chain[] gone = [.. present.Where(p => !wanted.Contains(p)).Select(p => new Chain(p, []))];
        return Write(new([], [.. rules.Elements], chains, [], gone));
    }

    public static string Write(Difference difference)
    {
        var text = new StringBuilder();
        foreach (var table in Tables)
        {
            bool Here(string place) => place.StartsWith(table, StringComparison.Ordinal) && place[table.Length] == ' ';
            string In(string place) => place[(table.Length + 1)..];
            var filled = difference.Fresh.Concat(difference.Changed).Where(c => Here(c.Name)).ToArray();
            var gone = difference.Gone.Where(c => Here(c.Name)).ToArray();
            var empty = gone.Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
            var (removed, added) = (difference.Removed.Where(e => Here(e.Place)).ToArray(), difference.Added.Where(e => Here(e.Place)).ToArray());
            if (filled.Length + gone.Length + removed.Length + added.Length == 0) continue;
            text.Append($"*{table}\n");
            foreach (var chain in filled.Concat(gone)) text.Append($":{In(chain.Name)} - [0:0]\n");
            // A chain that goes was emptied just now.
            foreach (var element in removed.Where(e => !empty.Contains(e.Place))) text.Append($"-D {In(element.Place)} {element.Key}\n");
            foreach (var chain in filled)
                foreach (var line in chain.Lines) text.Append($"-A {In(chain.Name)} {line}\n");
            foreach (var element in added) text.Append($"-A {In(element.Place)} {element.Key}\n");
            foreach (var chain in gone) text.Append($"-X {In(chain.Name)}\n");
            text.Append("COMMIT\n");
        }
        return text.ToString();
    }

    /// <summary>The chains that are always there; the shared ones get their rules as elements.</summary>
    private static IEnumerable<Chain> Fixed(string serviceCidr) =>
    [
        new(IptablesRules.Services, []), new(IptablesRules.NodePorts, []), new(IptablesRules.Refuse, []), new(IptablesRules.Hairpin, []),
        new("filter MINIK-UNCLAIMED", [$"-d {serviceCidr} -j REJECT --reject-with icmp-port-unreachable"]),
        new($"nat {IptablesRules.MarkChain}", ["-j MARK --set-xmark 0x80000/0x80000"]),
        new("nat MINIK-MASQUERADE", ["-m mark ! --mark 0x80000/0x80000 -j RETURN", "-j MASQUERADE"]),
    ];
}
