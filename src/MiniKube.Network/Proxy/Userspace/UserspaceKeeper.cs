using System.Net;
using System.Net.Sockets;

namespace MiniKube.Network.Proxy;

/// <summary>
/// Services by sockets of our own, for hosts without nft and iptables, or without root. With root the whole service range is
/// local to this host; without, only ports of the node are served.
/// </summary>
internal sealed class UserspaceKeeper(ProxyOptions options, TimeProvider time, Action<string> complain) : IRuleKeeper, IDisposable
{
    private readonly Dictionary<string, IRelay> open = [];
    private readonly HashSet<string> said = [];
    private readonly ProxyNode node = new(options.Node) { Addresses = options.NodeAddresses };

    public ProxyMode Mode => ProxyMode.Userspace;

    public async Task Load(IReadOnlyCollection<ServiceFrontends> services, CancellationToken cancel)
    {
        var route = await Tool.Run("ip", ["route", "replace", "local", options.ServiceCidr, "dev", "lo"], null, cancel);
        if (!route.Ok) Say($"service addresses are not served, only ports of the node: {route.Error}");
        var wanted = services.SelectMany(s => s.All).DistinctBy(f => f.Key).ToDictionary(f => f.Key);
        foreach (var key in open.Keys.Where(k => !wanted.ContainsKey(k)).ToArray()) Close(key);
        foreach (var frontend in wanted.Values) Set(frontend);
    }

    public Task Follow(IReadOnlyList<ServiceChange> changes, CancellationToken cancel)
    {
        var after = changes.SelectMany(c => c.After.All).DistinctBy(f => f.Key).ToDictionary(f => f.Key);
        foreach (var gone in changes.SelectMany(c => c.Before.All).Where(f => !after.ContainsKey(f.Key))) Close(gone.Key);
        foreach (var frontend in after.Values) Set(frontend);
        return Task.CompletedTask;
    }

    public Task<bool> Intact(CancellationToken cancel) => Task.FromResult(true);

    public static async Task<bool> CleanUp(string serviceCidr, CancellationToken cancel = default)
    {
        if ((await Tool.Run("ip", ["route", "show", "table", "local", serviceCidr], null, cancel)).Output.Trim().Length == 0) return true;
        return (await Tool.Run("ip", ["route", "del", "local", serviceCidr, "dev", "lo"], null, cancel)).Ok;
    }

    public void Dispose()
    {
        foreach (var key in open.Keys.ToArray()) Close(key);
    }

    private void Set(Frontend frontend)
    {
        // Nobody listens where nobody serves: the kernel refuses.
        if (frontend.Dead) Close(frontend.Key);
        else if (open.TryGetValue(frontend.Key, out var relay)) relay.Choice = relay.Choice.With(frontend);
        else if (Open(frontend) is { } made) open[frontend.Key] = made;
    }

    private IRelay? Open(Frontend frontend)
    {
        var choice = new BackendChoice(frontend, options.ClusterCidr, node, time);
        var address = frontend.Address ?? "0.0.0.0";
        try
        {
            var at = new IPEndPoint(IPAddress.Parse(address), frontend.Port);
            if (frontend.Protocol == "tcp") return new TcpRelay(at, choice);
            if (frontend.Protocol == "udp") return new UdpRelay(at, choice, time);
            Say($"{frontend.Protocol} services need the proxy mode nftables or iptables");
        }
        catch (SocketException e)
        {
            // Without root no service has an address: said once, when loading.
            if (e.SocketErrorCode != SocketError.AddressNotAvailable) Say($"{frontend.Owner} can't be served at {address}:{frontend.Port}: {e.Message}");
        }
        return null;
    }

    private void Close(string key)
    {
        if (open.Remove(key, out var relay)) relay.Dispose();
    }

    private void Say(string text)
    {
        if (said.Add(text)) complain($"service proxy: {text}");
    }
}
