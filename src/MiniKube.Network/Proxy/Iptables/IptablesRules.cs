using System.Globalization;

namespace MiniKube.Network.Proxy;

/// <summary>
/// One service for iptables: a rule in a shared chain leads each frontend to a chain that draws an endpoint and translates. Only where
/// clients are remembered an endpoint has a chain of its own. Places and names are written "table CHAIN".
/// </summary>
internal static class IptablesRules
{
    public const string Services = "nat MINIK-SERVICES";
    public const string NodePorts = "nat MINIK-NODEPORTS";
    public const string Refuse = "filter MINIK-REFUSE";
    public const string Hairpin = "nat MINIK-HAIRPIN";
    public const string MarkChain = "MINIK-MARK";

    /// <summary>Chains of the proxy; the pod network and policies have others.</summary>
    public static bool IsOwn(string chain) => chain.StartsWith("MINIK-", StringComparison.Ordinal) && !chain.StartsWith("MINIK-POD", StringComparison.Ordinal) && !Policy.IptablesPolicyRules.IsOwn(chain) && chain != "MINIK-MADE";

    public static ServiceRules For(ServiceFrontends service, string clusterCidr, string node)
    {
        var elements = new List<Element>();
        var chains = new Dictionary<string, Chain>(StringComparer.Ordinal);
        foreach (var frontend in service.All)
        {
            var where = $"{(frontend.Address is { } address ? $"-d {address}/32 " : "")}-p {frontend.Protocol} -m {frontend.Protocol} --dport {frontend.Port}";
            var refused = frontend.Address is null ? $"-m addrtype --dst-type LOCAL {where}" : where;
            if (frontend.Dead)
            {
                elements.Add(new(Refuse, $"{refused} -j {(frontend.ServedElsewhere ? "DROP" : "REJECT --reject-with icmp-port-unreachable")}", ""));
                continue;
            }
            // Whoever may not come in isn't translated, and is dropped where filtering is allowed.
            if (frontend.Sources.Count > 0 || frontend.Backends.Count == 0) elements.Add(new(Refuse, $"{refused} -j DROP", ""));
            var entrance = $"MINIK-SVC-{ServiceRules.Hash($"{frontend.Owner} {frontend.Key}").ToUpperInvariant()}";
            elements.Add(new(frontend.Address is null ? NodePorts : Services, $"{where} -m comment --comment \"{frontend.Owner}\" -j {entrance}", ""));
            Entrance(frontend, entrance, clusterCidr, chains);
            // A pod that reaches itself would answer itself directly: its packets must come from somewhere else. An endpoint that was
            // declared by hand may not say where it is.
            foreach (var backend in frontend.Backends.Concat(frontend.Inside ?? []).Where(b => b.Node is null || b.Node == node))
                elements.Add(new(Hairpin, $"-s {backend.Address}/32 -d {backend.Address}/32 -j MASQUERADE", ""));
        }
        return new([.. elements.Distinct()], [.. chains.Values]);
    }

    private static void Entrance(Frontend frontend, string name, string clusterCidr, Dictionary<string, Chain> chains)
    {
        var lines = new List<string>();
        if (frontend.Inside is { Count: > 0 } inside)
        {
            var within = $"MINIK-IN-{ServiceRules.Hash($"{frontend.Owner} {frontend.Key}").ToUpperInvariant()}";
            var picks = new List<string>();
            Pick(picks, frontend, inside, chains);
            chains[$"nat {within}"] = new($"nat {within}", picks);
            lines.Add($"-s {clusterCidr} -j {within}");
            lines.Add($"-m addrtype --src-type LOCAL -j {MarkChain}");
            lines.Add($"-m addrtype --src-type LOCAL -j {within}");
        }
        if (frontend.Backends.Count > 0)
        {
            if (frontend.Masquerade) lines.Add($"-j {MarkChain}");
            Pick(lines, frontend, frontend.Backends, chains);
        }
        if (frontend.Sources.Count == 0)
        {
            chains[$"nat {name}"] = new($"nat {name}", lines);
            return;
        }
        var allowed = $"MINIK-OK-{ServiceRules.Hash($"{frontend.Owner} {frontend.Key}").ToUpperInvariant()}";
        chains[$"nat {allowed}"] = new($"nat {allowed}", lines);
        chains[$"nat {name}"] = new($"nat {name}", [.. frontend.Sources.Prepend("127.0.0.0/8").Distinct().Select(s => $"-s {s} -j {allowed}")]);
    }

    private static void Pick(List<string> lines, Frontend frontend, IReadOnlyList<Backend> backends, Dictionary<string, Chain> chains)
    {
        string[] ends = [.. backends.Select(b => $"-p {frontend.Protocol} -m {frontend.Protocol} -j DNAT --to-destination {b.Address}:{b.Port}")];
        if (frontend.StickySeconds is { } seconds)
        {
            for (var i = 0; i < ends.Length; i++)
            {
                var end = $"MINIK-SEP-{ServiceRules.Hash($"{frontend.Owner} {frontend.Protocol} {seconds} {backends[i]}").ToUpperInvariant()}";
                lines.Add($"-m recent --name {end} --rcheck --seconds {seconds} --reap -j {end}");
                chains[$"nat {end}"] = new($"nat {end}", [$"-m recent --name {end} --set", ends[i]]);
                ends[i] = $"-j {end}";
            }
        }
        for (var i = 0; i < ends.Length; i++)
            lines.Add(i == ends.Length - 1 ? ends[i] : string.Create(CultureInfo.InvariantCulture, $"-m statistic --mode random --probability {1.0 / (ends.Length - i):F10} {ends[i]}"));
    }
}
