namespace MiniKube.Network.Proxy;

public enum ProxyMode
{
    Nftables,
    Iptables,
    Userspace,
}

/// <summary>Which mode this host can do.</summary>
public static class ProxyModes
{
    /// <summary>The wished one, or the best that works: nftables before iptables before our own sockets.</summary>
    public static async Task<ProxyMode> Choose(string wish, CancellationToken cancel = default) => wish switch
    {
        "nftables" => ProxyMode.Nftables,
        "iptables" => ProxyMode.Iptables,
        "userspace" => ProxyMode.Userspace,
        _ when (await Tool.Run("nft", ["list", "tables"], null, cancel)).Ok => ProxyMode.Nftables,
        _ when await Iptables.Usable(cancel) is not null => ProxyMode.Iptables,
        _ => ProxyMode.Userspace,
    };
}
