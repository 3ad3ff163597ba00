using System.Globalization;

namespace MiniKube.Network.Proxy;

/// <summary>
/// One way into a service's port and who serves it: what every mode of the proxy makes its rules of. Without an address it is
/// open on every address of the node, loopback included.
/// </summary>
public sealed record Frontend(string Owner, string Protocol, string? Address, int Port)
{
    public IReadOnlyList<Backend> Backends { get; init; } = [];

    /// <summary>Whom clients inside the cluster get, where everybody else gets only what runs on this node.</summary>
    public IReadOnlyList<Backend>? Inside { get; init; }

    /// <summary>Clients are shown as this node, because the answer must come back through it.</summary>
    public bool Masquerade { get; init; }

    public int? StickySeconds { get; init; }

    /// <summary>The only ranges that may come in; empty is everybody.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>Nobody here serves, but somebody elsewhere does: clients are left without an answer instead of refused.</summary>
    public bool ServedElsewhere { get; init; }

    public bool Dead => Backends.Count == 0 && Inside is null or { Count: 0 };

    /// <summary>Nothing about it but endpoints to spread over.</summary>
    public bool Plain => Inside is null && StickySeconds is null && Sources.Count == 0;

    public string Key => string.Create(CultureInfo.InvariantCulture, $"{Address} {Protocol} {Port}");

    /// <summary>Equal exactly when two frontends behave alike.</summary>
    public string Content => string.Create(CultureInfo.InvariantCulture,
        $"{Key} {Masquerade} {StickySeconds} {ServedElsewhere} [{string.Join(' ', Backends)}] [{(Inside is null ? "-" : string.Join(' ', Inside))}] [{string.Join(' ', Sources)}]");
}

/// <summary>A service with externalTrafficPolicy Local tells balancers here whether this node serves it.</summary>
public sealed record HealthNode(string Namespace, string Service, int Port, int LocalEndpoints);

/// <summary>The node that the rules are for.</summary>
public sealed record ProxyNode(string Name)
{
    public string? Zone { get; init; }
    public IReadOnlyList<string> Addresses { get; init; } = [];
}
