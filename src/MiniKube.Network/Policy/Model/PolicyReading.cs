using MiniKube.ControlLoop;
using MiniKube.Kinds.Networking;

namespace MiniKube.Network.Policy;

/// <summary>One reading of all policies.</summary>
internal sealed class PolicyReading(PolicySeen seen)
{
    private readonly PodPicker all = new(seen.Pods, seen.Namespaces);
    private readonly PodPicker here = new(seen.Pods.Where(p => p.Local), seen.Namespaces);
    private readonly Dictionary<string, Door> doors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AddressGroup> groups = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (List<string>? In, List<string>? Out)> pods = new(StringComparer.Ordinal);

    public PolicyRules Read()
    {
        foreach (var policy in seen.Policies.OrderBy(p => p.Namespace, StringComparer.Ordinal).ThenBy(p => p.Name, StringComparer.Ordinal))
        {
            var spec = policy.Spec;
            // What is empty selects all pods, and so does what isn't there.
            var selected = here.Pick(policy.Namespace, (spec.PodSelector ?? new()).Parsed());
            var types = spec.PolicyTypes ?? (spec.Egress is { Count: > 0 } ? ["Ingress", "Egress"] : ["Ingress"]);
            var ingress = types.Contains("Ingress") ? Entrances(policy) : null;
            var egress = types.Contains("Egress") ? Exit(policy) : null;
            foreach (var pod in selected)
            {
                var (into, outOf) = pods.GetValueOrDefault(pod.Address);
                if (ingress is not null) (into ??= []).Add(ingress(pod));
                if (egress is not null) (outOf ??= []).Add(egress);
                pods[pod.Address] = (into, outOf);
            }
        }
        return new(pods.ToDictionary(p => p.Key, p => new Guarded(p.Key, p.Value.In, p.Value.Out), StringComparer.Ordinal), doors, groups);
    }

    /// <summary>The door that a pod has by the policy. Named ports are the pod's own, so pods that have them elsewhere have other doors.</summary>
    private Func<PolicyPod, string> Entrances(PolicyItem policy)
    {
        var rules = policy.Spec.Ingress ?? [];
        var name = $"{policy.Namespace}/{policy.Name} in";
        if (rules.SelectMany(r => r.Ports ?? []).Any(IsNamed)) return pod => Ensure(pod.Ports.Count == 0 ? name : $"{name} {string.Join(' ', pod.Ports.Select(p => $"{p.Name}={p.Number}/{p.Protocol}"))}", pod);
        string? made = null;
        return _ => made ??= Ensure(name, null);

        string Ensure(string door, PolicyPod? pod)
        {
            if (!doors.ContainsKey(door)) doors[door] = new(door, Direction.Ingress, [.. rules.SelectMany(r => Allowances(Peers(policy, r.From), Gates(r.Ports, pod)))]);
            return door;
        }
    }

    private string Exit(PolicyItem policy)
    {
        var name = $"{policy.Namespace}/{policy.Name} out";
        var allowed = new List<Allowance>();
        foreach (var rule in policy.Spec.Egress ?? [])
        {
            allowed.AddRange(Allowances(Peers(policy, rule.To), Gates(rule.Ports, null)));
            // Named ports are those of whoever is called.
            foreach (var port in (rule.Ports ?? []).Where(IsNamed))
                foreach (var peer in rule.To is { Count: > 0 } some ? some : [null!])
                    allowed.Add(new(new Peer.Sockets(Sockets(policy, peer, port)), new(Protocol(port), [])));
        }
        doors[name] = new(name, Direction.Egress, allowed);
        return name;
    }

    private static IEnumerable<Allowance> Allowances(IReadOnlyList<Peer?> peers, IReadOnlyList<ProtocolPorts?> gates) =>
        peers.SelectMany(peer => gates.Select(gate => new Allowance(peer, gate)));

    /// <summary>A single null is anybody.</summary>
    private Peer?[] Peers(PolicyItem policy, IReadOnlyList<NetworkPolicyPeer>? peers) => peers is not { Count: > 0 } ? [null]
        : [.. peers.Select(p => p.IpBlock is { } block ? (IPv4(block.Cidr) ? new Peer.Block(block.Cidr!, [.. (block.Except ?? []).Where(IPv4)]) : null) : (Peer)new Peer.Group(Group(policy, p))).OfType<Peer>()];

    /// <summary>A single null is any protocol; an empty list is none, as where the pod has no port of that name.</summary>
    private static ProtocolPorts?[] Gates(IReadOnlyList<NetworkPolicyPort>? ports, PolicyPod? pod)
    {
        if (ports is not { Count: > 0 }) return [null];
        var found = new Dictionary<string, List<PortRange>>(StringComparer.Ordinal);
        var whole = new HashSet<string>(StringComparer.Ordinal);
        foreach (var port in ports)
        {
            var protocol = Protocol(port);
            if (port.Port is not { } at)
            {
                whole.Add(protocol);
                continue;
            }
            if (!found.TryGetValue(protocol, out var some)) found[protocol] = some = [];
            if (IsNamed(port)) some.AddRange((pod?.Ports ?? []).Where(p => p.Name == at.Text && p.Protocol == protocol).Select(p => new PortRange(p.Number, p.Number)));
            else some.Add(new(at.Number ?? 0, port.EndPort ?? at.Number ?? 0));
        }
        return [.. whole.Select(w => new ProtocolPorts(w, [])), .. found.Where(f => f.Value.Count > 0 && !whole.Contains(f.Key)).Select(f => new ProtocolPorts(f.Key, Joined(f.Value)))];
    }

    private static List<PortRange> Joined(List<PortRange> ranges)
    {
        var joined = new List<PortRange>();
        foreach (var range in ranges.OrderBy(r => r.From))
        {
            if (joined.Count > 0 && range.From <= joined[^1].To + 1) joined[^1] = new(joined[^1].From, Math.Max(joined[^1].To, range.To));
            else joined.Add(range);
        }
        return joined;
    }

    private string Group(PolicyItem policy, NetworkPolicyPeer peer)
    {
        var name = Name(policy, peer);
        if (!groups.ContainsKey(name)) groups[name] = new(name, false, [.. Pods(policy, peer).Select(p => p.Address).Distinct()]);
        return name;
    }

    private string Sockets(PolicyItem policy, NetworkPolicyPeer? peer, NetworkPolicyPort port)
    {
        var (protocol, wanted) = (Protocol(port), port.Port!.Value.Text);
        var name = $"{(peer is null ? "anybody" : Name(policy, peer))} {protocol}:{wanted}";
        if (!groups.ContainsKey(name))
            groups[name] = new(name, true, [.. Pods(policy, peer).SelectMany(p => p.Ports.Where(n => n.Name == wanted && n.Protocol == protocol).Select(n => $"{p.Address} {n.Number}")).Distinct()]);
        return name;
    }

    private IEnumerable<PolicyPod> Pods(PolicyItem policy, NetworkPolicyPeer? peer)
    {
        if (peer is null) return seen.Pods;
        if (peer.IpBlock is { } block) return IPv4(block.Cidr) ? seen.Pods.Where(p => Inside(block, System.Net.IPAddress.Parse(p.Address))) : [];
        var ofPods = (peer.PodSelector ?? new()).Parsed();
        return peer.NamespaceSelector is { } ofNamespaces ? all.Pick(ofNamespaces.Parsed(), ofPods) : all.Pick(policy.Namespace, ofPods);
    }

    /// <summary>The same for all who select the same.</summary>
    private static string Name(PolicyItem policy, NetworkPolicyPeer peer)
    {
        if (peer.IpBlock is { } block) return $"within {block.Cidr} but {string.Join(",", block.Except ?? [])}";
        var pods = (peer.PodSelector ?? new()).Parsed();
        return $"pods {{{pods}}} in {(peer.NamespaceSelector is { } ofNamespaces ? $"{{{ofNamespaces.Parsed()}}}" : policy.Namespace)}";
    }

    private static bool Inside(IPBlock block, System.Net.IPAddress address) => Ipv4Range.Parse(block.Cidr!).Contains(address) && !(block.Except ?? []).Any(e => Ipv4Range.Parse(e).Contains(address));

    private static bool IPv4(string? cidr) => cidr?.Contains('.') == true && !cidr.Contains(':');

    private static bool IsNamed(NetworkPolicyPort port) => port.Port?.Text is not null;

    private static string Protocol(NetworkPolicyPort port) => (port.Protocol ?? "TCP").ToLowerInvariant();
}
