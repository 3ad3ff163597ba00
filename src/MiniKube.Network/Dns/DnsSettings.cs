using System.Net;
using MiniKube.Machinery;

namespace MiniKube.Network.Dns;

/// <summary>
/// What an administrator says about names outside the cluster, in the ConfigMap kube-system/minik-dns: stubDomains (domain to
/// servers), upstreamNameservers (instead of the host's) and hosts (lines as in a hosts file).
/// </summary>
public sealed record DnsSettings
{
    public const string Namespace = "kube-system";
    public const string Name = "minik-dns";

    public static readonly DnsSettings None = new();

    public IReadOnlyDictionary<string, IReadOnlyList<IPEndPoint>> StubDomains { get; init; } = new Dictionary<string, IReadOnlyList<IPEndPoint>>();
    public IReadOnlyList<IPEndPoint> Upstreams { get; init; } = [];
    public IReadOnlyDictionary<string, IReadOnlyList<IPAddress>> Hosts { get; init; } = new Dictionary<string, IReadOnlyList<IPAddress>>();

    /// <summary>What can be understood is taken, the rest is named.</summary>
    public static (DnsSettings Settings, IReadOnlyList<string> Faults) Parse(JsonMap? data)
    {
        var faults = new List<string>();
        var stubs = new Dictionary<string, IReadOnlyList<IPEndPoint>>(StringComparer.Ordinal);
        var upstreams = new List<IPEndPoint>();
        if (Tree(data?.Text("stubDomains"), "stubDomains", faults) is { } domains)
        {
            if (domains is not JsonMap map) faults.Add("stubDomains: must lead from domains to lists of servers");
            else
                foreach (var (domain, servers) in map)
                    if (Servers(servers, $"stubDomains.{domain}", faults) is { Count: > 0 } known) stubs[Plain(domain)] = known;
        }
        if (Tree(data?.Text("upstreamNameservers"), "upstreamNameservers", faults) is { } list) upstreams = Servers(list, "upstreamNameservers", faults);
        return (new() { StubDomains = stubs, Upstreams = upstreams, Hosts = HostLines(data?.Text("hosts") ?? "", faults) }, faults);
    }

    /// <summary>The servers of the longest stub domain that a name lies in.</summary>
    public IReadOnlyList<IPEndPoint>? ServersFor(string name)
    {
        if (StubDomains.Count == 0) return null;
        for (var at = 0; at >= 0; at = name.IndexOf('.', at) + 1)
        {
            if (StubDomains.TryGetValue(name[at..], out var servers)) return servers;
            if (name.IndexOf('.', at) < 0) return null;
        }
        return null;
    }

    /// <summary>From the static hosts; null when they don't have the name.</summary>
    public Answer? Answer(string name, RecordType type)
    {
        if (Hosts.Count == 0) return null;
        if (type == RecordType.PTR && name.EndsWith(".in-addr.arpa", StringComparison.Ordinal))
        {
            if (name.Split('.') is not [var d, var c, var b, var a, _, _] || !IPAddress.TryParse($"{a}.{b}.{c}.{d}", out var address)) return null;
            var names = Hosts.Where(h => h.Value.Contains(address)).Select(h => Records.Pointer(name, h.Key)).ToArray();
            return names.Length == 0 ? null : new(ResponseCode.NoError, names);
        }
        return Hosts.TryGetValue(name, out var addresses) ? new(ResponseCode.NoError, [.. addresses.Select(a => Records.Address(name, a)).Where(r => type is RecordType.Any || r.Type == type)]) : null;
    }

    private static Json? Tree(string? text, string field, List<string> faults)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        try
        {
            return YamlReader.Read(text);
        }
        catch (FormatException e)
        {
            faults.Add($"{field}: {e.Message}");
            return null;
        }
    }

    private static List<IPEndPoint> Servers(Json list, string field, List<string> faults)
    {
        var servers = new List<IPEndPoint>();
        foreach (var item in list is JsonList many ? many : JsonList.Of(list))
        {
            if (item is JsonText text && IPEndPoint.TryParse(text.Value, out var server)) servers.Add(server.Port == 0 ? new(server.Address, 53) : server);
            else faults.Add($"{field}: every server must be an address, with a port if it isn't 53");
        }
        return servers;
    }

    private static Dictionary<string, IReadOnlyList<IPAddress>> HostLines(string text, List<string> faults)
    {
        var hosts = new Dictionary<string, IReadOnlyList<IPAddress>>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
        {
            var words = line.Split('#')[0].Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0) continue;
            if (words.Length < 2 || !IPAddress.TryParse(words[0], out var address))
            {
                faults.Add($"hosts: \"{line.Trim()}\" must be an address and names");
                continue;
            }
            foreach (var name in words.Skip(1)) hosts[Plain(name)] = [.. hosts.GetValueOrDefault(Plain(name)) ?? [], address];
        }
        return hosts;
    }

    private static string Plain(string name) => name.TrimEnd('.').ToLowerInvariant();
}
