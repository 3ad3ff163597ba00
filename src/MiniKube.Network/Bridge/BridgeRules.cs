using System.Globalization;
using System.Text;
using MiniKube.Network.Proxy;

namespace MiniKube.Network.Bridge;

/// <summary>A port of the node that leads to a pod.</summary>
internal sealed record HostPort(string Protocol, int Port, string HostIP, string Address, int TargetPort)
{
    public bool Everywhere => HostIP is "" or "0.0.0.0" or "::";

    /// <summary>A line of the file that remembers them.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Protocol} {Port} {(Everywhere ? "*" : HostIP)} {Address} {TargetPort}");

    public static HostPort? Parse(string line) => line.Split(' ') is [var protocol, var port, var host, var address, var target] && int.TryParse(port, out var number) && int.TryParse(target, out var targetNumber)
        ? new(protocol, number, host == "*" ? "" : host, address, targetNumber) : null;
}

/// <summary>The pod network's part of the firewall: masquerade on the way out, ports of the node on the way in.</summary>
internal interface IBridgeRules : IDisposable
{
    Task Setup(IReadOnlyList<HostPort> open, CancellationToken cancel);
    Task Open(IReadOnlyList<HostPort> ports, CancellationToken cancel);
    Task Close(IReadOnlyList<HostPort> ports, CancellationToken cancel);
}

internal static class BridgeRules
{
    public static async Task<IBridgeRules> For(BridgeOptions options, CancellationToken cancel)
    {
        var mode = await ProxyModes.Choose(options.Mode, cancel);
        if (mode != ProxyMode.Nftables) await NftBridgeRules.CleanUp(cancel);
        if (mode != ProxyMode.Iptables) await IptablesBridgeRules.CleanUp(cancel);
        return mode switch
        {
            ProxyMode.Nftables => new NftBridgeRules(options),
            ProxyMode.Iptables => new IptablesBridgeRules(options, await Iptables.Usable(cancel) ?? throw new IOException("no iptables of this host works")),
            _ => new PortRelays(options),
        };
    }

    public static async Task<bool> CleanUp(CancellationToken cancel) => await NftBridgeRules.CleanUp(cancel) & await IptablesBridgeRules.CleanUp(cancel);
}

internal sealed class NftBridgeRules(BridgeOptions options) : IBridgeRules
{
    private const string Table = "minik_pods";

    /// <summary>The kernel keeps them.</summary>
    public void Dispose()
    {
    }

    public Task Setup(IReadOnlyList<HostPort> open, CancellationToken cancel) => Tool.Nft(
        $$"""
        add table ip {{Table}}
        delete table ip {{Table}}
        table ip {{Table}} {
          map hostports { type inet_proto . inet_service : ipv4_addr . inet_service; }
          map hostaddresses { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
          set hairpin { type ipv4_addr . ipv4_addr; }
          chain ports {
            dnat ip to ip daddr . meta l4proto . th dport map @hostaddresses
            dnat ip to meta l4proto . th dport map @hostports
          }
          chain prerouting { type nat hook prerouting priority -105; fib daddr type local ip daddr != {{options.ServiceCidr}} jump ports; }
          chain output { type nat hook output priority -105; fib daddr type local ip daddr != {{options.ServiceCidr}} jump ports; }
          chain postrouting {
            type nat hook postrouting priority 95;
            ip saddr 127.0.0.0/8 oifname "{{options.Name}}" masquerade
            ip saddr . ip daddr @hairpin masquerade
            ip saddr {{options.PodCidr}} ip daddr != {{options.ClusterCidr}} oifname != "{{options.Name}}" masquerade
          }
        }
        {{Lines("add", open)}}
        """, cancel);

    public Task Open(IReadOnlyList<HostPort> ports, CancellationToken cancel) => Tool.Nft(Lines("add", ports), cancel);

    public async Task Close(IReadOnlyList<HostPort> ports, CancellationToken cancel)
    {
        // One by one: what somebody else took away already must not keep the rest.
        foreach (var line in Lines("delete", ports).Split('\n', StringSplitOptions.RemoveEmptyEntries)) await Tool.Run("nft", ["-f", "-"], line + "\n", cancel);
    }

    public static async Task<bool> CleanUp(CancellationToken cancel) =>
        !(await Tool.Run("nft", ["-t", "list", "table", "ip", Table], null, cancel)).Ok || (await Tool.Run("nft", ["delete", "table", "ip", Table], null, cancel)).Ok;

    private static string Lines(string verb, IReadOnlyList<HostPort> ports)
    {
        var text = new StringBuilder();
        foreach (var port in ports)
        {
            var value = verb == "add" ? $" : {port.Address} . {port.TargetPort}" : "";
            text.Append(port.Everywhere
                ? $"{verb} element ip {Table} hostports {{ {port.Protocol} . {port.Port}{value} }}\n"
                : $"{verb} element ip {Table} hostaddresses {{ {port.HostIP} . {port.Protocol} . {port.Port}{value} }}\n");
        }
        foreach (var address in ports.Select(p => p.Address).Distinct()) text.Append($"{verb} element ip {Table} hairpin {{ {address} . {address} }}\n");
        return text.ToString();
    }
}

internal sealed class IptablesBridgeRules(BridgeOptions options, Iptables tool) : IBridgeRules
{
    private const string Ports = "MINIK-POD-PORTS";
    private const string Out = "MINIK-POD-OUT";

    /// <summary>The kernel keeps them.</summary>
    public void Dispose()
    {
    }

    public async Task Setup(IReadOnlyList<HostPort> open, CancellationToken cancel)
    {
        await tool.Prepare(cancel);
        var text = new StringBuilder($"*nat\n:{Ports} - [0:0]\n:{Out} - [0:0]\n");
        text.Append($"-A {Out} -s 127.0.0.0/8 -o {options.Name} -j MASQUERADE\n-A {Out} -s {options.PodCidr} ! -d {options.ClusterCidr} ! -o {options.Name} -j MASQUERADE\n");
        foreach (var line in Lines(open)) text.Append($"-A {line}\n");
        await tool.Restore(text.Append("COMMIT\n").ToString(), cancel);
        foreach (var chain in (string[])["PREROUTING", "OUTPUT"]) await tool.Hook("nat", chain, ["!", "-d", options.ServiceCidr, "-m", "addrtype", "--dst-type", "LOCAL", "-j", Ports], cancel);
        await tool.Hook("nat", "POSTROUTING", ["-j", Out], cancel);
    }

    public Task Open(IReadOnlyList<HostPort> ports, CancellationToken cancel) => tool.Restore($"*nat\n{string.Concat(Lines(ports).Select(l => $"-A {l}\n"))}COMMIT\n", cancel);

    public async Task Close(IReadOnlyList<HostPort> ports, CancellationToken cancel)
    {
        foreach (var line in Lines(ports)) await tool.Run(["-t", "nat", "-D", .. line.Split(' ')], cancel);
    }

    public static Task<bool> CleanUp(CancellationToken cancel) => Iptables.PurgeEverywhere(chain => chain.StartsWith("MINIK-POD", StringComparison.Ordinal), cancel);

    private static IEnumerable<string> Lines(IReadOnlyList<HostPort> ports)
    {
        foreach (var p in ports.OrderBy(p => p.Everywhere))
            yield return $"{Ports} {(p.Everywhere ? "" : $"-d {p.HostIP}/32 ")}-p {p.Protocol} -m {p.Protocol} --dport {p.Port} -j DNAT --to-destination {p.Address}:{p.TargetPort}";
        foreach (var address in ports.Select(p => p.Address).Distinct()) yield return $"{Out} -s {address}/32 -d {address}/32 -j MASQUERADE";
    }
}
