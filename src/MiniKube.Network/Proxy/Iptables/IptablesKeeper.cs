namespace MiniKube.Network.Proxy;

/// <summary>Services in iptables, for hosts without nft: chains of our own, led to by one rule in each of the system's.</summary>
internal sealed class IptablesKeeper(ProxyOptions options, Iptables tool) : IRuleKeeper
{
    private Tally rules = new();

    public ProxyMode Mode => ProxyMode.Iptables;

    public async Task Load(IReadOnlyCollection<ServiceFrontends> services, CancellationToken cancel)
    {
        rules = Tally.Of(services.Select(Of));
        await tool.Prepare(cancel);
        var present = new HashSet<string>(StringComparer.Ordinal);
        foreach (var table in (string[])["nat", "filter"])
            foreach (var line in (await tool.Save(table, cancel)).Split('\n'))
                if (line.StartsWith(':') && line[1..].Split(' ')[0] is var chain && IptablesRules.IsOwn(chain)) present.Add($"{table} {chain}");
        await tool.Restore(IptablesScript.Full(rules, present, options.ServiceCidr), cancel);
        foreach (var (table, chain, rule) in Hooks()) await tool.Hook(table, chain, rule.Split(' '), cancel);
    }

    public async Task Follow(IReadOnlyList<ServiceChange> changes, CancellationToken cancel)
    {
        var difference = rules.Take([.. changes.Select(c => (Of(c.Before), Of(c.After)))]);
        if (!difference.IsEmpty) await tool.Restore(IptablesScript.Write(difference), cancel);
    }

    public async Task<bool> Intact(CancellationToken cancel)
    {
        foreach (var (table, chain, rule) in Hooks())
            if (!(await tool.Run(["-t", table, "-C", chain, .. rule.Split(' ')], cancel)).Ok) return false;
        return true;
    }

    public static Task<bool> CleanUp(CancellationToken cancel = default) => Iptables.PurgeEverywhere(IptablesRules.IsOwn, cancel);

    /// <summary>Last inserted is first asked, so that addresses come before ports of the node.</summary>
    private IEnumerable<(string Table, string Chain, string Rule)> Hooks()
    {
        foreach (var chain in (string[])["PREROUTING", "OUTPUT"])
        {
            yield return ("nat", chain, $"! -d {options.ServiceCidr} -m addrtype --dst-type LOCAL -j MINIK-NODEPORTS");
            yield return ("nat", chain, "-j MINIK-SERVICES");
        }
        yield return ("nat", "PREROUTING", $"! -s {options.ClusterCidr} -d {options.ServiceCidr} -j {IptablesRules.MarkChain}");
        yield return ("nat", "POSTROUTING", "-j MINIK-MASQUERADE");
        yield return ("nat", "POSTROUTING", $"-s {options.ClusterCidr} -d {options.ClusterCidr} -m conntrack --ctstate DNAT -j MINIK-HAIRPIN");
        yield return ("filter", "FORWARD", $"-m conntrack --ctstate NEW -j MINIK-UNCLAIMED");
        foreach (var chain in (string[])["INPUT", "FORWARD", "OUTPUT"]) yield return ("filter", chain, "-m conntrack --ctstate NEW -j MINIK-REFUSE");
    }

    private ServiceRules Of(ServiceFrontends service) => IptablesRules.For(service, options.ClusterCidr, options.Node);
}
