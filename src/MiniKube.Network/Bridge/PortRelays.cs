using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MiniKube.Network.Proxy;

namespace MiniKube.Network.Bridge;

/// <summary>
/// A host without a firewall we can talk to: pods and nodes reach each other, nothing is translated on the way out, and ports of
/// the node are sockets of ours, which last as long as this process.
/// </summary>
internal sealed class PortRelays(BridgeOptions options) : IBridgeRules
{
    private readonly ConcurrentDictionary<HostPort, IRelay> relays = new();

    public async Task Setup(IReadOnlyList<HostPort> open, CancellationToken cancel)
    {
        Dispose();
        await Open(open, cancel);
    }

    public Task Open(IReadOnlyList<HostPort> ports, CancellationToken cancel)
    {
        foreach (var port in ports.Where(p => !relays.ContainsKey(p)))
        {
            var to = new Frontend("", port.Protocol, null, port.Port) { Backends = [new(port.Address, port.TargetPort, null, true, true, false)] };
            var choice = new BackendChoice(to, options.ClusterCidr, new(""), TimeProvider.System);
            var at = new IPEndPoint(port.Everywhere ? IPAddress.Any : IPAddress.Parse(port.HostIP), port.Port);
            try
            {
                relays[port] = port.Protocol switch
                {
                    "tcp" => new TcpRelay(at, choice),
                    "udp" => new UdpRelay(at, choice, TimeProvider.System),
                    _ => throw new IOException($"{port.Protocol} ports of the host need nftables or iptables"),
                };
            }
            catch (SocketException e)
            {
                throw new IOException($"port {port.Port} of the host can't be opened: {e.Message}", e);
            }
        }
        return Task.CompletedTask;
    }

    public Task Close(IReadOnlyList<HostPort> ports, CancellationToken cancel)
    {
        foreach (var port in ports)
            if (relays.TryRemove(port, out var relay)) relay.Dispose();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        foreach (var relay in relays.Values) relay.Dispose();
        relays.Clear();
    }
}
