using System.Globalization;

namespace MiniKube.Network.Proxy;

/// <summary>
/// One service for nft. Plain frontends are elements of maps only; those that remember, restrict or tell inside from outside
/// have a chain named after its content, so that a change is a new chain and an old one gone.
/// </summary>
internal static class NftRules
{
    /// <summary>
    /// Chains for so many endpoints are there from the start: nft can't add a rule that uses a map it has to read from the
    /// kernel ("conflicting protocols"). A service with more has a chain of its own.
    /// </summary>
    private const int MostSpread = 32;

    public const string Mark = "meta mark set meta mark or 0x80000";

    public static ServiceRules For(ServiceFrontends service, string clusterCidr)
    {
        var elements = new List<Element>();
        var chains = new Dictionary<string, Chain>(StringComparer.Ordinal);
        foreach (var frontend in service.All)
        {
            var key = frontend.Address is { } address ? $"{address} . {frontend.Protocol} . {frontend.Port}" : $"{frontend.Protocol} . {frontend.Port}";
            var entrance = frontend.Address is null ? "nodeports" : "vips";
            if (frontend.Dead)
            {
                elements.Add(frontend.ServedElsewhere ? new(entrance, key, "drop") : new(frontend.Address is null ? "deadports" : "dead", key, ""));
                continue;
            }
            // A pod that reaches itself would answer itself directly: its packets must come from somewhere else.
            foreach (var backend in frontend.Backends.Concat(frontend.Inside ?? [])) elements.Add(new("hairpin", $"{backend.Address} . {backend.Address}", ""));
            if (!frontend.Plain || frontend.Backends.Count > MostSpread)
            {
                elements.Add(new(entrance, key, $"goto {Own(frontend, clusterCidr, chains)}"));
                continue;
            }
            elements.Add(new(entrance, key, $"goto {SpreadName(frontend.Address is null ? 'p' : 'v', frontend.Backends.Count, frontend.Masquerade)}"));
            var backends = frontend.Address is null ? "nodebackends" : "backends";
            foreach (var (index, backend) in frontend.Backends.Index()) elements.Add(new(backends, $"{key} . {index}", $"{backend.Address} . {backend.Port}"));
        }
        return new([.. elements.Distinct()], [.. chains.Values]);
    }

    /// <summary>The shared chains, which spread connections over so many backends.</summary>
    public static IEnumerable<Chain> Spreads()
    {
        foreach (var (kind, key, map) in ((char, string, string)[])[('v', "ip daddr . meta l4proto . th dport", "backends"), ('p', "meta l4proto . th dport", "nodebackends")])
            for (var count = 1; count <= MostSpread; count++)
            {
                var dnat = $"dnat ip to {key} . numgen random mod {count} map @{map}";
                yield return new(SpreadName(kind, count, false), [dnat]);
                yield return new(SpreadName(kind, count, true), [Mark, dnat]);
            }
    }

    private static string SpreadName(char kind, int count, bool masquerade) => string.Create(CultureInfo.InvariantCulture, $"{kind}{(masquerade ? "m" : "")}_{count}");

    private static string Own(Frontend frontend, string clusterCidr, Dictionary<string, Chain> chains)
    {
        var lines = new List<string>();
        if (frontend.Sources.Count > 0) lines.Add($"ip saddr != {{ 127.0.0.0/8, {string.Join(", ", frontend.Sources.Where(s => s != "127.0.0.0/8"))} }} drop");
        if (frontend.Inside is { Count: > 0 } inside)
        {
            var name = $"i_{ServiceRules.Hash($"{frontend.Owner} {frontend.StickySeconds} {string.Join(' ', inside)}")}";
            var picks = new List<string>();
            Pick(picks, frontend, inside, chains);
            chains.TryAdd(name, new(name, picks));
            lines.Add($"ip saddr {clusterCidr} goto {name}");
            lines.Add($"fib saddr type local {Mark} goto {name}");
        }
        if (frontend.Backends.Count == 0) lines.Add("drop");
        else
        {
            if (frontend.Masquerade) lines.Add(Mark);
            Pick(lines, frontend, frontend.Backends, chains);
        }
        var own = $"x_{ServiceRules.Hash($"{frontend.Owner}\n{string.Join('\n', lines)}")}";
        chains.TryAdd(own, new(own, lines));
        return own;
    }

    private static void Pick(List<string> lines, Frontend frontend, IReadOnlyList<Backend> backends, Dictionary<string, Chain> chains)
    {
        if (frontend.StickySeconds is not { } seconds)
        {
            lines.Add($"meta l4proto {frontend.Protocol} dnat ip to numgen random mod {backends.Count} map {{ {string.Join(", ", backends.Select((b, i) => $"{i} : {b.Address} . {b.Port}"))} }}");
            return;
        }
        var ids = backends.Select(b => ServiceRules.Hash($"{frontend.Owner} {frontend.Protocol} {seconds} {b}")).ToArray();
        foreach (var (id, backend) in ids.Zip(backends))
        {
            lines.Add($"ip saddr @f_{id} goto e_{id}");
            chains.TryAdd($"e_{id}", new($"e_{id}", [$"update @f_{id} {{ ip saddr timeout {seconds}s }}", $"meta l4proto {frontend.Protocol} dnat ip to {backend.Address}:{backend.Port}"]) { Memory = $"f_{id}" });
        }
        lines.Add($"numgen random mod {ids.Length} vmap {{ {string.Join(", ", ids.Select((id, i) => $"{i} : goto e_{id}"))} }}");
    }
}
