using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Discovery;

namespace MiniKube.Network.Proxy;

/// <summary>What one service puts into the kernel: elements of the shared maps, and chains of its own when clients stick to endpoints.</summary>
public sealed record ServiceRules(IReadOnlyList<Element> Elements, IReadOnlyList<Chain> Chains)
{
    public static readonly ServiceRules None = new([], []);

    private const int DefaultStickSeconds = 10800;

    /// <summary>Pure: the same service, slices and node always give the same rules in the same order.</summary>
    public static ServiceRules For(Service service, IReadOnlyList<EndpointSlice> slices, string node, IReadOnlyList<string> nodeAddresses)
    {
        var spec = service.Spec ?? new();
        if (spec.Type == "ExternalName" || spec.ClusterIP is null or "" or "None" || !IsIpv4(spec.ClusterIP)) return None;
        var elements = new List<Element>();
        var chains = new List<Chain>();
        foreach (var port in spec.Ports ?? [])
        {
            var protocol = (port.Protocol ?? "TCP").ToLowerInvariant();
            var endpoints = Endpoints.Of(slices, port.Name ?? "", port.Protocol ?? "TCP");
            var everywhere = Endpoints.Usable(endpoints);
            var here = Endpoints.Usable([.. endpoints.Where(e => e.Node == node)]);
            var inside = spec.InternalTrafficPolicy == "Local" ? here : everywhere;
            var localOnly = spec.ExternalTrafficPolicy == "Local";
            var outside = localOnly ? here : everywhere;
            var draft = new PortRules(service, port, protocol, elements, chains, spec.SessionAffinity == "ClientIP" ? spec.SessionAffinityConfig?.ClientIP?.TimeoutSeconds ?? DefaultStickSeconds : null);

            draft.Virtual(spec.ClusterIP, inside, masquerade: false);
            var addresses = (spec.ExternalIPs ?? []).Concat((service.Status?.LoadBalancer?.Ingress ?? []).Select(i => i.Ip).OfType<string>()).Where(IsIpv4).Distinct();
            foreach (var address in addresses) draft.Virtual(address, outside, masquerade: !localOnly);
            if (port.NodePort is > 0 and var nodePort) draft.Node(nodePort, outside, masquerade: !localOnly);
            // A pod that reaches itself would answer itself directly: its packets must come from somewhere else.
            foreach (var endpoint in everywhere) elements.Add(new("hairpin", $"{endpoint.Address} . {endpoint.Address}", ""));
        }
        return new([.. elements.Distinct()], chains);
    }

    private static bool IsIpv4(string text) => IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork;

    /// <summary>One port of a service in the making.</summary>
    private sealed class PortRules(Service service, ServicePort port, string protocol, List<Element> elements, List<Chain> chains, int? stickSeconds)
    {
        public void Virtual(string address, IReadOnlyList<Backend> backends, bool masquerade)
        {
            var key = $"{address} . {protocol} . {port.Port}";
            if (backends.Count == 0)
            {
                elements.Add(new("dead", key, ""));
                return;
            }
            if (Sticky(backends, masquerade) is { } sticky)
            {
                elements.Add(new("vips", key, $"goto {sticky}"));
                return;
            }
            elements.Add(new("vips", key, $"goto {Chain.Spread("v", backends.Count, masquerade)}"));
            foreach (var (index, backend) in backends.Index()) elements.Add(new("backends", $"{key} . {index}", $"{backend.Address} . {backend.Port}"));
        }

        public void Node(int nodePort, IReadOnlyList<Backend> backends, bool masquerade)
        {
            var key = $"{protocol} . {nodePort}";
            if (backends.Count == 0)
            {
                elements.Add(new("deadports", key, ""));
                return;
            }
            if (Sticky(backends, masquerade) is { } sticky)
            {
                elements.Add(new("nodeports", key, $"goto {sticky}"));
                return;
            }
            elements.Add(new("nodeports", key, $"goto {Chain.Spread("p", backends.Count, masquerade)}"));
            foreach (var (index, backend) in backends.Index()) elements.Add(new("nodebackends", $"{key} . {index}", $"{backend.Address} . {backend.Port}"));
        }

        /// <summary>Chains that remember which client went where; null when the service doesn't ask for it.</summary>
        private string? Sticky(IReadOnlyList<Backend> backends, bool masquerade)
        {
            if (stickSeconds is not { } seconds) return null;
            var id = Chain.Hash($"{service.Metadata.Namespace}/{service.Metadata.Name}/{port.Name}/{protocol}/{masquerade}/{string.Join(',', backends)}");
            var name = $"s_{id}";
            if (chains.Exists(c => c.Name == name)) return name;
            var lines = new List<string>();
            if (masquerade) lines.Add(Chain.Mark);
            var own = backends.Select(b => $"{Chain.Hash($"{service.Metadata.Namespace}/{service.Metadata.Name}/{port.Name}/{protocol}/{b}")}{(masquerade ? "m" : "")}").ToArray();
            for (var i = 0; i < own.Length; i++)
            {
                var end = $"e_{own[i]}";
                lines.Add($"ip saddr @f_{own[i]} goto {end}");
                if (chains.Exists(c => c.Name == end)) continue;
                chains.Add(new(end, [$"update @f_{own[i]} {{ ip saddr }}", $"meta l4proto {protocol} dnat ip to {backends[i].Address}:{backends[i].Port}"]) { RemembersFor = seconds, Memory = $"f_{own[i]}" });
            }
            lines.Add($"numgen random mod {own.Length} vmap {{ {string.Join(", ", own.Select((o, i) => $"{i} : goto e_{o}"))} }}");
            chains.Add(new(name, lines));
            return name;
        }
    }
}

/// <summary>An element of a set (no value) or a map.</summary>
public readonly record struct Element(string Map, string Key, string Value);

/// <summary>A chain with its rules, and the set it remembers clients in, if it does.</summary>
public sealed record Chain(string Name, IReadOnlyList<string> Lines)
{
    public const string Mark = "meta mark set meta mark or 0x80000";

    public string? Memory { get; init; }
    public int RemembersFor { get; init; }

    /// <summary>The shared chain that spreads connections over so many backends.</summary>
    public static string Spread(string kind, int count, bool masquerade) =>
        string.Create(CultureInfo.InvariantCulture, $"{kind}{(masquerade ? "m" : "")}_{count}");

    /// <summary>The rules of such a chain, from its name alone.</summary>
    public static Chain OfSpread(string name)
    {
        var parts = name.Split('_');
        var (kind, count) = (parts[0], parts[1]);
        var key = kind[0] == 'v' ? "ip daddr . meta l4proto . th dport" : "meta l4proto . th dport";
        var map = kind[0] == 'v' ? "backends" : "nodebackends";
        var dnat = $"dnat ip to {key} . numgen random mod {count} map @{map}";
        return new(name, kind.EndsWith('m') ? [Mark, dnat] : [dnat]);
    }

    public static string Hash(string text) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)))[..12];
}
