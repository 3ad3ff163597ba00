using System.Globalization;
using System.Text;
using System.Threading.Channels;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Network.Bridge;

namespace MiniKube.Network.Overlay;

/// <summary>
/// Keeps the ways to other nodes' pods equal to the Node objects: host routes where nodes share a link, VXLAN elsewhere. All
/// hardware addresses follow from pod ranges, so a node has nothing to tell but its range and its address.
/// </summary>
public sealed class NodeRoutes
{
    public const string Tunnel = "minik-vx";
    private const int Vni = 1109;
    private const int Port = 8472;

    /// <summary>Marks routes as ours.</summary>
    private const string Protocol = "109";
    private const string Simulated = "minik.io/simulated";
    private static readonly TimeSpan Resync = TimeSpan.FromSeconds(30);

    private readonly Cache<Node> nodes;
    private readonly string self;
    private readonly BridgeOptions bridge;
    private readonly TimeProvider time;
    private readonly Action<string> complain;
    private readonly Channel<bool> changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public NodeRoutes(Caches caches, string self, BridgeOptions bridge, Action<string> complain)
    {
        (this.self, this.bridge, this.complain, time) = (self, bridge, complain, caches.Time);
        nodes = caches.Of(Resources.Of<Node>());
        nodes.Subscribe(c =>
        {
            if (Place(c.Old) != Place(c.New)) changed.Writer.TryWrite(true);
        });
    }

    public async Task Run(CancellationToken cancel)
    {
        await nodes.WhenSynced(cancel);
        string? said = null;
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await Apply(bridge, self, nodes.All().Select(Place).OfType<NodePlace>(), cancel);
                said = null;
            }
            catch (IOException e)
            {
                if (said != e.Message) complain($"routes to other nodes: {e.Message}");
                said = e.Message;
            }
            // Links and addresses of this host change without telling anybody.
            using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var due = Task.Delay(Resync, time, wait.Token);
            await Task.WhenAny(due, changed.Reader.WaitToReadAsync(wait.Token).AsTask());
            await wait.CancelAsync();
            changed.Reader.TryRead(out _);
        }
    }

    /// <summary>Makes these the only ways of ours.</summary>
    public static async Task Apply(BridgeOptions bridge, string self, IEnumerable<NodePlace> places, CancellationToken cancel = default)
    {
        var links = LinkRange.Parse(await Tool.Must("ip", ["-o", "-4", "route", "show", "scope", "link"], null, cancel), bridge.Name);
        var routes = PodRoute.For(self, places, links);
        var tunnelled = routes.Where(r => r.Device is null).ToArray();
        if (tunnelled.Length > 0) await OpenTunnel(bridge, cancel);
        var gateway = Ipv4Range.Parse(bridge.PodCidr).At(1);
        var script = new StringBuilder();
        foreach (var route in routes)
        {
            if (route.Device is { } device) script.Append(CultureInfo.InvariantCulture, $"route replace {route.PodCidr} via {route.Node} dev {device} proto {Protocol}\n");
            else script.Append(CultureInfo.InvariantCulture, $"neigh replace {route.Endpoint} lladdr {route.HardwareAddress} dev {Tunnel} nud permanent\nroute replace {route.PodCidr} via {route.Endpoint} dev {Tunnel} onlink src {gateway} proto {Protocol}\n");
        }
        var present = (await Tool.Must("ip", ["-o", "-4", "route", "show", "proto", Protocol], null, cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')[0]);
        foreach (var gone in present.Where(p => !routes.Any(r => r.PodCidr == p))) script.Append(CultureInfo.InvariantCulture, $"route del {gone} proto {Protocol}\n");
        if (script.Length > 0) await Tool.Ip(script.ToString(), cancel);
        await Forward(tunnelled, cancel);
    }

    /// <summary>The tunnel gone, and every route of ours; true when nothing is left.</summary>
    public static async Task<bool> CleanUp(CancellationToken cancel = default)
    {
        await Tool.Run("ip", ["-4", "route", "flush", "proto", Protocol], null, cancel);
        return !(await Tool.Run("ip", ["link", "show", Tunnel], null, cancel)).Ok || (await Tool.Run("ip", ["link", "del", Tunnel], null, cancel)).Ok;
    }

    /// <summary>Without a local address of its own the tunnel follows the host's, which may change.</summary>
    private static async Task OpenTunnel(BridgeOptions bridge, CancellationToken cancel)
    {
        var endpoint = Ipv4Range.Parse(bridge.PodCidr).At(0);
        var mtu = bridge.Mtu ?? await Uplink.Mtu(cancel) - Uplink.TunnelOverhead;
        await Tool.Run("ip", ["link", "add", Tunnel, "type", "vxlan", "id", $"{Vni}", "dstport", $"{Port}", "nolearning"], null, cancel);
        await Tool.Ip($"link set {Tunnel} address {Uplink.HardwareAddress("0e", endpoint)} mtu {mtu} up\naddr replace {endpoint}/32 dev {Tunnel}\n", cancel);
    }

    /// <summary>Which node each hardware address is behind; what was known of nodes that are gone is forgotten.</summary>
    private static async Task Forward(IReadOnlyList<PodRoute> tunnelled, CancellationToken cancel)
    {
        var listed = await Tool.Run("bridge", ["fdb", "show", "dev", Tunnel], null, cancel);
        if (!listed.Ok) return;
        var known = listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => (Hardware: l.Split(' ')[0], Node: Uplink.After(l, "dst"))).ToHashSet();
        foreach (var route in tunnelled.Where(r => !known.Contains((r.HardwareAddress, r.Node))))
            await Tool.Must("bridge", ["fdb", "replace", route.HardwareAddress, "dev", Tunnel, "dst", route.Node, "self", "permanent"], null, cancel);
        foreach (var (hardware, _) in known.Where(k => k.Node is not null && !tunnelled.Any(r => r.HardwareAddress == k.Hardware)))
            await Tool.Run("bridge", ["fdb", "del", hardware, "dev", Tunnel], null, cancel);
    }

    private static NodePlace? Place(Item<Node>? node) =>
        node?.Value.Spec?.PodCIDR is { Length: > 0 } range && range.Contains('.', StringComparison.Ordinal) && node.Meta.Label(Simulated) is null && node.Meta.Annotation(Simulated) is null
        && node.Value.Status?.Addresses?.FirstOrDefault(a => a.Type == "InternalIP")?.Address is { } address ? new(node.Name, range, address) : null;
}
