namespace MiniKube.Network.Proxy;

/// <summary>How one service's frontends were and are.</summary>
public readonly record struct ServiceChange(ServiceFrontends Before, ServiceFrontends After);

/// <summary>A way of leading clients to endpoints: the kernel's (nftables, iptables) or our own sockets.</summary>
internal interface IRuleKeeper
{
    ProxyMode Mode { get; }

    /// <summary>Makes these the only rules, whatever was there before.</summary>
    Task Load(IReadOnlyCollection<ServiceFrontends> services, CancellationToken cancel);

    Task Follow(IReadOnlyList<ServiceChange> changes, CancellationToken cancel);

    /// <summary>Whether the rules are still in place; others may have taken them away.</summary>
    Task<bool> Intact(CancellationToken cancel);
}
