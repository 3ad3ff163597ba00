using MiniKube.Network.Proxy;

namespace MiniKube.Network.Policy;

/// <summary>
/// Policies in nft's language. Conntrack's two tuples say who called and who answers in truth, whichever way a packet goes and whatever was
/// translated: so each packet of a connection is judged by the same rules, and one that is no longer allowed ends at once.
/// </summary>
internal sealed class NftPolicyRules : IPolicyWriting
{
    public const string Caller = "ct original ip saddr";
    public const string Called = "ct reply ip saddr";
    public const string CalledPort = "ct reply proto-src";

    public ServiceRules Of(AddressGroup group)
    {
        var name = SetName(group.Name);
        return new([.. group.Members.Select(m => new Element(name, m.Replace(" ", " . ", StringComparison.Ordinal), ""))], [new(name, []) { SetType = group.WithPorts ? "ipv4_addr . inet_service" : "ipv4_addr" }]);
    }

    public ServiceRules Of(Door door) => new([], [new(DoorName(door.Name), [.. door.Allowed.Select(a => Line(a, door.Direction))])]);

    public ServiceRules Of(Guarded pod)
    {
        var elements = new List<Element> { new("self", $"{pod.Address} . {pod.Address}", ""), new("guarded", pod.Address, "") };
        var chains = new List<Chain>();
        foreach (var (map, doors) in (ReadOnlySpan<(string, IReadOnlyList<string>?)>)[("ingress", pod.Ingress), ("egress", pod.Egress)])
        {
            if (doors is null) continue;
            // Pods with the same doors share a chain.
            var name = $"c_{ServiceRules.Hash(string.Join('\n', doors))}";
            chains.Add(new(name, [.. doors.Select(d => $"jump {DoorName(d)}"), "drop"]));
            elements.Add(new(map, pod.Address, $"goto {name}"));
        }
        return new(elements, chains);
    }

    private static string Line(Allowance allowed, Direction direction)
    {
        var other = direction == Direction.Ingress ? Caller : Called;
        var words = new List<string>();
        if (allowed.Ports is { } gate) words.Add($"meta l4proto {gate.Protocol}");
        switch (allowed.Peer)
        {
            case Peer.Group group:
                words.Add($"{other} @{SetName(group.Name)}");
                break;
            case Peer.Sockets sockets:
                words.Add($"{Called} . {CalledPort} @{SetName(sockets.Name)}");
                break;
            case Peer.Block block:
                words.Add($"{other} {block.Cidr}");
                words.AddRange(block.Except.Select(e => $"{other} != {e}"));
                break;
        }
        if (allowed.Ports is { Ranges: { Count: > 0 } ranges }) words.Add($"{CalledPort} {{ {string.Join(", ", ranges)} }}");
        return $"{string.Join(' ', words)} accept".TrimStart();
    }

    private static string SetName(string group) => $"g_{ServiceRules.Hash(group)}";

    private static string DoorName(string door) => $"d_{ServiceRules.Hash(door)}";
}
