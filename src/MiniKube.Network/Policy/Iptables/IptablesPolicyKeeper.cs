using MiniKube.Network.Proxy;

namespace MiniKube.Network.Policy;

/// <summary>
/// Policies in chains of iptables. They stand in the table that is asked before those where others accept what is forwarded, so that nobody's
/// rule passes by them.
/// </summary>
internal sealed class IptablesPolicyKeeper(Iptables tool) : IPolicyKeeper
{
    private const string Table = "mangle";
    private const string Entrance = "MINIK-NP-FORWARD";

    private readonly IptablesPolicyRules writing = new();
    private Tally tally = new();
    private PolicyRules rules = PolicyRules.None;

    public async Task Load(PolicyRules wanted, CancellationToken cancel)
    {
        var fresh = new Tally();
        var difference = fresh.Take(PolicyChanges.Between(PolicyRules.None, wanted, writing));
        await tool.Prepare(cancel);
        Chain[] chains = [.. Fixed, .. difference.Fresh];
        var present = (await tool.Save(Table, cancel)).Split('\n').Where(l => l.StartsWith(':')).Select(l => l[1..].Split(' ')[0]).Where(IptablesPolicyRules.IsOwn);
        Chain[] gone = [.. present.Select(p => $"{Table} {p}").Except(chains.Select(c => c.Name)).Select(p => new Chain(p, []))];
        await tool.Restore(IptablesScript.Write(difference with { Fresh = chains, Gone = gone }), cancel);
        await tool.Hook(Table, "FORWARD", ["-j", Entrance], cancel);
        (tally, rules) = (fresh, wanted);
    }

    public async Task Follow(PolicyRules wanted, CancellationToken cancel)
    {
        var difference = tally.Take(PolicyChanges.Between(rules, wanted, writing));
        rules = wanted;
        if (!difference.IsEmpty) await tool.Restore(IptablesScript.Write(difference), cancel);
    }

    public async Task<bool> Intact(CancellationToken cancel) => (await tool.Run(["-t", Table, "-C", "FORWARD", "-j", Entrance], cancel)).Ok;

    public static Task<bool> CleanUp(CancellationToken cancel = default) => Iptables.PurgeEverywhere(IptablesPolicyRules.IsOwn, cancel);

    /// <summary>The node's own packets are not forwarded, and pass. A packet that belongs to no connection has no caller to look up.</summary>
    private static readonly Chain[] Fixed =
    [
        new($"{Table} {Entrance}", [
            $"-m conntrack --ctstate INVALID,UNTRACKED -j {IptablesPolicyRules.In(IptablesPolicyRules.Stray)}",
            $"-j {IptablesPolicyRules.In(IptablesPolicyRules.Self)}",
            $"-j {IptablesPolicyRules.In(IptablesPolicyRules.Outgoing)}",
            $"-j {IptablesPolicyRules.In(IptablesPolicyRules.Incoming)}",
        ]),
        new(IptablesPolicyRules.Stray, []), new(IptablesPolicyRules.Self, []), new(IptablesPolicyRules.Outgoing, []), new(IptablesPolicyRules.Incoming, []),
        new(IptablesPolicyRules.Fine, [$"-j MARK --set-xmark 0x0/0x100000"]),
    ];
}
