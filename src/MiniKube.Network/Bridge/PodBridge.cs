using System.Globalization;
using System.Net;
using MiniKube.Network.Cni;

namespace MiniKube.Network.Bridge;

public sealed record BridgeOptions(string PodCidr, string ClusterCidr, string ServiceCidr, string DataDir)
{
    public string Name { get; init; } = "minik0";

    /// <summary>What translates addresses: auto, nftables, iptables or userspace (nothing).</summary>
    public string Mode { get; init; } = "auto";

    /// <summary>The largest packet of pods; null asks the interface that leads out, less what a tunnel to other nodes takes.</summary>
    public int? Mtu { get; init; }
}

public sealed record PortMapping(int Port, int TargetPort, string Protocol, string? HostIP);

/// <summary>
/// The pods of one node on one bridge: each sandbox gets a pair of virtual interfaces and an address of the node's range. What
/// leaves the cluster goes out under the node's address.
/// </summary>
public sealed class PodBridge : ICniNetwork, IDisposable
{
    private readonly BridgeOptions options;
    private readonly Ipv4Range range;
    private readonly AddressLeases leases;
    private readonly SemaphoreSlim turn = new(1, 1);
    private IBridgeRules rules;
    private int mtu;

    public PodBridge(BridgeOptions options)
    {
        Directory.CreateDirectory(options.DataDir);
        this.options = options;
        range = Ipv4Range.Parse(options.PodCidr);
        leases = new(Path.Combine(options.DataDir, "leases.json"), range);
        rules = new PortRelays(options);
    }

    public Ipv4Range Range => range;

    public IPAddress Gateway => range.At(1);

    /// <summary>The sandboxes that have something of the network.</summary>
    public IReadOnlyList<string> Owners => leases.Owners;

    public IPAddress? AddressOf(string sandbox) => leases.Of(sandbox);

    /// <summary>Brings bridge, routes, sysctls and rules into being; what is there already stays.</summary>
    public async Task Setup(CancellationToken cancel = default)
    {
        var bridge = options.Name;
        mtu = options.Mtu ?? await Uplink.Mtu(cancel) - Uplink.TunnelOverhead;
        await Tool.Run("ip", ["link", "add", bridge, "type", "bridge"], null, cancel);
        // Without an address of its own the bridge takes that of its lowest port: neighbours would have to learn anew with every pod.
        await Tool.Ip($"link set {bridge} address {Uplink.HardwareAddress("0a", Gateway)}\nlink set {bridge} mtu {mtu} up\naddr replace {Gateway}/{range.Prefix} dev {bridge}\nroute replace {options.ServiceCidr} dev {bridge} src {Gateway}\n", cancel);
        var sysctls = new Sysctls(options.DataDir);
        await sysctls.Set("net/ipv4/ip_forward", "1", cancel);
        // Loopback node ports send packets with a loopback source out of this interface.
        await sysctls.Set($"net/ipv4/conf/{bridge}/route_localnet", "1", cancel);
        // A pod told of a shorter way to a service would go it past the translation, and be told of no refusal for a while.
        await sysctls.Set("net/ipv4/conf/all/send_redirects", "0", cancel);
        await sysctls.Set($"net/ipv4/conf/{bridge}/send_redirects", "0", cancel);
        // Answers between two pods of this node must pass the address translation that the questions passed.
        if (!File.Exists("/proc/sys/net/bridge/bridge-nf-call-iptables")) await Tool.Run("modprobe", ["br_netfilter"], null, cancel);
        if (File.Exists("/proc/sys/net/bridge/bridge-nf-call-iptables")) await sysctls.Set("net/bridge/bridge-nf-call-iptables", "1", cancel);
        rules.Dispose();
        rules = await BridgeRules.For(options, cancel);
        await rules.Setup([.. Directory.GetFiles(options.DataDir, "ports-*").SelectMany(File.ReadAllLines).Select(HostPort.Parse).OfType<HostPort>()], cancel);
        await Accept(cancel);
    }

    /// <summary>Other programs' firewalls that drop what is forwarded (Docker's does) are told to let pods through.</summary>
    public Task Accept(CancellationToken cancel = default) => ForwardAccept.Ensure(options.Name, cancel);

    public Task<IPAddress> Attach(string sandbox, int pid, IReadOnlyList<PortMapping> ports, CancellationToken cancel = default) =>
        Attach(sandbox, string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/net"), ports, cancel);

    /// <summary>Gives a network namespace, named by its file, an interface and the sandbox's address.</summary>
    public async Task<IPAddress> Attach(string sandbox, string ns, IReadOnlyList<PortMapping> ports, CancellationToken cancel = default)
    {
        var address = leases.Lease(sandbox) ?? throw new IOException($"no free address in {range}");
        var host = Interface(sandbox);
        await Tool.Run("ip", ["link", "del", host], null, cancel);
        await Tool.Ip($"link add {host} mtu {mtu} type veth peer name eth0 mtu {mtu} netns {ns}\nlink set {host} master {options.Name} up\nlink set {host} type bridge_slave hairpin on\n", cancel);
        await Tool.Must("nsenter", [$"--net={ns}", "ip", "-batch", "-"],
            $"link set lo up\naddr add {address}/{range.Prefix} dev eth0\nlink set eth0 up\nroute add default via {Gateway}\n", cancel);
        if (ports.Count > 0)
        {
            HostPort[] open = [.. ports.Select(p => new HostPort(p.Protocol.ToLowerInvariant(), p.Port, p.HostIP ?? "", address.ToString(), p.TargetPort))];
            await File.WriteAllLinesAsync(PortsFile(sandbox), open.Select(p => p.ToString()), cancel);
            await rules.Open(open, cancel);
        }
        return address;
    }

    public async Task Detach(string sandbox, CancellationToken cancel = default)
    {
        await turn.WaitAsync(cancel);
        try
        {
            var file = PortsFile(sandbox);
            if (File.Exists(file))
            {
                await rules.Close([.. (await File.ReadAllLinesAsync(file, cancel)).Select(HostPort.Parse).OfType<HostPort>()], cancel);
                File.Delete(file);
            }
            if (leases.Free(sandbox)) await Tool.Run("ip", ["link", "del", Interface(sandbox)], null, cancel);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Everything that Setup and Attach made, gone; what could not be undone is named.</summary>
    public static async Task<IReadOnlyList<string>> CleanUp(string bridge, string serviceCidr, string clusterCidr, string dataDir, CancellationToken cancel = default)
    {
        var left = new List<string>();
        if (!await BridgeRules.CleanUp(cancel)) left.Add("rules of the pod network");
        if (!await ForwardAccept.CleanUp(bridge, cancel)) left.Add("rules that let pods through other firewalls");
        // Routes go with the bridge, and interfaces of pods that are still there lose it.
        if ((await Tool.Run("ip", ["link", "show", bridge], null, cancel)).Ok && !(await Tool.Run("ip", ["link", "del", bridge], null, cancel)).Ok) left.Add($"the interface {bridge}");
        await Proxy.Conntrack.ForgetAll(clusterCidr, serviceCidr, cancel);
        if (!await new Sysctls(dataDir).Restore(cancel)) left.Add("sysctls");
        return left;
    }

    public void Dispose()
    {
        rules.Dispose();
        turn.Dispose();
    }

    private string PortsFile(string sandbox) => Path.Combine(options.DataDir, $"ports-{sandbox}");

    // Interface names have 15 characters at most.
    private static string Interface(string sandbox) => $"mk{sandbox[..Math.Min(12, sandbox.Length)]}";
}
