namespace MiniKube.Network.Proxy;

/// <summary>Services in nftables: each change is one small transaction.</summary>
internal sealed class NftKeeper(ProxyOptions options) : IRuleKeeper
{
    private readonly NftScript script = new(options.ServiceCidr, options.ClusterCidr);
    private Tally rules = new();

    public ProxyMode Mode => ProxyMode.Nftables;

    public async Task Load(IReadOnlyCollection<ServiceFrontends> services, CancellationToken cancel)
    {
        rules = Tally.Of(services.Select(Of));
        await Tool.Nft(script.Full(rules), cancel);
    }

    public async Task Follow(IReadOnlyList<ServiceChange> changes, CancellationToken cancel)
    {
        var difference = rules.Take([.. changes.Select(c => (Of(c.Before), Of(c.After)))]);
        if (!difference.IsEmpty) await Tool.Nft(NftScript.Change(difference), cancel);
    }

    public async Task<bool> Intact(CancellationToken cancel) => (await Tool.Run("nft", ["list", "chain", "ip", NftScript.Table, "prerouting"], null, cancel)).Ok;

    /// <summary>True once there is nothing (any more).</summary>
    public static async Task<bool> CleanUp(CancellationToken cancel = default)
    {
        if (!(await Tool.Run("nft", ["-t", "list", "table", "ip", NftScript.Table], null, cancel)).Ok) return true;
        return (await Tool.Run("nft", ["delete", "table", "ip", NftScript.Table], null, cancel)).Ok;
    }

    private ServiceRules Of(ServiceFrontends service) => NftRules.For(service, options.ClusterCidr);
}
