using System.Net;

namespace MiniKube.Network.Bridge;

public sealed record BridgeOptions(string PodCidr, string ClusterCidr, string ServiceCidr, string DataDir)
{
    public string Name { get; init; } = "minik0";
}

public sealed record PortMapping(int Port, int TargetPort, string Protocol, string? HostIP);

/// <summary>
/// The pods of one node on one bridge: each sandbox gets a pair of virtual interfaces and an address of the node's range. What
/// leaves the cluster goes out under the node's address.
/// </summary>
public sealed class PodBridge : IDisposable
{
    private const string Table = "minik_pods";

    private readonly BridgeOptions options;
    private readonly Ipv4Range range;
    private readonly AddressLeases leases;
    private readonly SemaphoreSlim turn = new(1, 1);

    public PodBridge(BridgeOptions options)
    {
        Directory.CreateDirectory(options.DataDir);
        this.options = options;
        range = Ipv4Range.Parse(options.PodCidr);
        leases = new(Path.Combine(options.DataDir, "leases.json"), range);
    }

    public IPAddress Gateway => range.At(1);

    public IPAddress? AddressOf(string sandbox) => leases.Of(sandbox);

    /// <summary>Brings bridge, routes, sysctls and rules into being; what is there already stays.</summary>
    public async Task Setup(CancellationToken cancel = default)
    {
        var bridge = options.Name;
        await Tool.Run("ip", ["link", "add", bridge, "type", "bridge"], null, cancel);
        await Tool.Ip($"link set {bridge} up\naddr replace {Gateway}/{range.Prefix} dev {bridge}\nroute replace {options.ServiceCidr} dev {bridge} src {Gateway}\n", cancel);
        Sysctl("net/ipv4/ip_forward", "1");
        // Loopback node ports send packets with a loopback source out of this interface.
        Sysctl($"net/ipv4/conf/{bridge}/route_localnet", "1");
        // Answers between two pods of this node must pass the address translation that the questions passed.
        if (!File.Exists("/proc/sys/net/bridge/bridge-nf-call-iptables")) await Tool.Run("modprobe", ["br_netfilter"], null, cancel);
        Sysctl("net/bridge/bridge-nf-call-iptables", "1");
        await Tool.Nft(
            $$"""
            add table ip {{Table}}
            delete table ip {{Table}}
            table ip {{Table}} {
              map hostports { type inet_proto . inet_service : ipv4_addr . inet_service; }
              chain prerouting { type nat hook prerouting priority -105; fib daddr type local dnat ip to meta l4proto . th dport map @hostports; }
              chain output { type nat hook output priority -105; fib daddr type local dnat ip to meta l4proto . th dport map @hostports; }
              chain postrouting {
                type nat hook postrouting priority 95;
                ip saddr 127.0.0.0/8 oifname "{{bridge}}" masquerade
                ip saddr {{options.PodCidr}} ip daddr != {{options.ClusterCidr}} oifname != "{{bridge}}" masquerade
              }
            }

            """, cancel);
        await Accept(cancel);
        await RestoreHostPorts(cancel);
    }

    /// <summary>Other programs' firewalls that drop what is forwarded (Docker's does) are told to let pods through.</summary>
    public async Task Accept(CancellationToken cancel = default)
    {
        var chain = (await Tool.Run("iptables", ["-w", "-n", "-L", "DOCKER-USER"], null, cancel)).Ok ? "DOCKER-USER" : "FORWARD";
        foreach (var direction in (string[])["-i", "-o"])
            if (!(await Tool.Run("iptables", ["-w", "-C", chain, direction, options.Name, "-j", "ACCEPT"], null, cancel)).Ok)
                await Tool.Run("iptables", ["-w", "-I", chain, direction, options.Name, "-j", "ACCEPT"], null, cancel);
    }

    public async Task<IPAddress> Attach(string sandbox, int pid, IReadOnlyList<PortMapping> ports, CancellationToken cancel = default)
    {
        var address = leases.Lease(sandbox) ?? throw new IOException($"no free address in {range}");
        var host = Interface(sandbox);
        await Tool.Run("ip", ["link", "del", host], null, cancel);
        await Tool.Ip($"link add {host} type veth peer name eth0 netns {pid}\nlink set {host} master {options.Name} up\nlink set {host} type bridge_slave hairpin on\n", cancel);
        await Tool.Must("nsenter", ["-t", $"{pid}", "-n", "ip", "-batch", "-"],
            $"link set lo up\naddr add {address}/{range.Prefix} dev eth0\nlink set eth0 up\nroute add default via {Gateway}\n", cancel);
        if (ports.Count > 0)
        {
            Remember(sandbox, address, ports);
            await Tool.Nft(string.Concat(ports.Select(p => $"add element ip {Table} hostports {{ {p.Protocol.ToLowerInvariant()} . {p.Port} : {address} . {p.TargetPort} }}\n")), cancel);
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
                foreach (var line in await File.ReadAllLinesAsync(file, cancel)) await Tool.Run("nft", ["delete", "element", "ip", Table, "hostports", $"{{ {line.Split(':')[0].Trim()} }}"], null, cancel);
                File.Delete(file);
            }
            if (leases.Free(sandbox)) await Tool.Run("ip", ["link", "del", Interface(sandbox)], null, cancel);
        }
        finally
        {
            turn.Release();
        }
    }

    public async Task Reclaim(IReadOnlySet<string> sandboxes, CancellationToken cancel = default)
    {
        foreach (var owner in leases.Owners)
            if (!sandboxes.Contains(owner)) await Detach(owner, cancel);
    }

    /// <summary>Everything that <see cref="Setup"/> and <see cref="Attach"/> made, gone.</summary>
    public static async Task CleanUp(string bridge, string serviceCidr, CancellationToken cancel = default)
    {
        await Tool.Run("nft", ["delete", "table", "ip", Table], null, cancel);
        foreach (var chain in (string[])["DOCKER-USER", "FORWARD"])
            foreach (var direction in (string[])["-i", "-o"])
                while ((await Tool.Run("iptables", ["-w", "-D", chain, direction, bridge, "-j", "ACCEPT"], null, cancel)).Ok)
                {
                }
        await Tool.Run("ip", ["route", "del", serviceCidr, "dev", bridge], null, cancel);
        await Tool.Run("ip", ["link", "del", bridge], null, cancel);
    }

    public void Dispose() => turn.Dispose();

    private void Remember(string sandbox, IPAddress address, IReadOnlyList<PortMapping> ports) =>
        File.WriteAllLines(PortsFile(sandbox), ports.Select(p => $"{p.Protocol.ToLowerInvariant()} . {p.Port} : {address} . {p.TargetPort}"));

    private async Task RestoreHostPorts(CancellationToken cancel)
    {
        foreach (var file in Directory.GetFiles(options.DataDir, "ports-*"))
            foreach (var line in await File.ReadAllLinesAsync(file, cancel)) await Tool.Run("nft", ["add", "element", "ip", Table, "hostports", $"{{ {line} }}"], null, cancel);
    }

    private string PortsFile(string sandbox) => Path.Combine(options.DataDir, $"ports-{sandbox}");

    // Interface names have 15 characters at most.
    private static string Interface(string sandbox) => $"mk{sandbox[..Math.Min(12, sandbox.Length)]}";

    private static void Sysctl(string name, string value)
    {
        var path = $"/proc/sys/{name}";
        try
        {
            if (File.Exists(path) && File.ReadAllText(path).Trim() != value) File.WriteAllText(path, value);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"the sysctl {name} could not be set to {value}: {e.Message}");
        }
    }
}
