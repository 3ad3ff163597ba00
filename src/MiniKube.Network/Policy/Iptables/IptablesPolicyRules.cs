using System.Globalization;
using MiniKube.Network.Proxy;

namespace MiniKube.Network.Policy;

/// <summary>
/// Policies for iptables, which has no sets: a group of addresses is a chain with a rule for each. What is allowed leaves a mark, because
/// there is no way back over several chains at once. Places and names are written "table CHAIN".
/// </summary>
internal sealed class IptablesPolicyRules : IPolicyWriting
{
    public const string Incoming = "mangle MINIK-NP-IN";
    public const string Outgoing = "mangle MINIK-NP-OUT";
    public const string Self = "mangle MINIK-NP-SELF";
    public const string Stray = "mangle MINIK-NP-STRAY";
    public const string Fine = "mangle MINIK-NP-FINE";
    public const string Mark = "0x100000/0x100000";

    public static bool IsOwn(string chain) => chain.StartsWith("MINIK-NP-", StringComparison.Ordinal);

    /// <summary>A group has two chains: as callers and as called ones.</summary>
    public ServiceRules Of(AddressGroup group) => group.WithPorts
        ? new([.. group.Members.Select(m => new Element(GroupName(group.Name, "S"), Allow($"-m conntrack --ctreplsrc {m.Split(' ')[0]} --ctreplsrcport {m.Split(' ')[1]}"), ""))], [new(GroupName(group.Name, "S"), [])])
        : new([.. group.Members.SelectMany(m => (Element[])[new(GroupName(group.Name, "F"), Allow($"-m conntrack --ctorigsrc {m}"), ""), new(GroupName(group.Name, "T"), Allow($"-m conntrack --ctreplsrc {m}"), "")])],
            [new(GroupName(group.Name, "F"), []), new(GroupName(group.Name, "T"), [])]);

    public ServiceRules Of(Door door)
    {
        var chains = new List<Chain>();
        var lines = new List<string>();
        foreach (var allowed in door.Allowed) lines.AddRange(Lines(allowed, door.Direction, chains));
        chains.Add(new(DoorName(door.Name), lines));
        return new([], chains);
    }

    public ServiceRules Of(Guarded pod)
    {
        var elements = new List<Element>
        {
            new(Self, $"-m conntrack --ctorigsrc {pod.Address} --ctreplsrc {pod.Address} -j ACCEPT", ""),
            new(Stray, $"-d {pod.Address}/32 -j DROP", ""), new(Stray, $"-s {pod.Address}/32 -j DROP", ""),
        };
        var chains = new List<Chain>();
        foreach (var (place, who, doors) in (ReadOnlySpan<(string, string, IReadOnlyList<string>?)>)[(Incoming, "--ctreplsrc", pod.Ingress), (Outgoing, "--ctorigsrc", pod.Egress)])
        {
            if (doors is null) continue;
            var name = $"MINIK-NP-C{ServiceRules.Hash(string.Join('\n', doors)).ToUpperInvariant()}";
            chains.Add(new($"mangle {name}", [.. doors.Select(d => $"-j {In(DoorName(d))}"), $"-m mark --mark {Mark} -g {In(Fine)}", "-j DROP"]));
            elements.Add(new(place, $"-m conntrack {who} {pod.Address} -g {name}", ""));
        }
        return new(elements, chains);
    }

    public static string In(string place) => place[(place.IndexOf(' ') + 1)..];

    private static IEnumerable<string> Lines(Allowance allowed, Direction direction, List<Chain> chains)
    {
        var other = direction == Direction.Ingress ? "--ctorigsrc" : "--ctreplsrc";
        var target = allowed.Peer switch
        {
            Peer.Group group => $"-j {In(GroupName(group.Name, direction == Direction.Ingress ? "F" : "T"))}",
            Peer.Sockets sockets => $"-j {In(GroupName(sockets.Name, "S"))}",
            Peer.Block { Except.Count: > 0 } block => $"-j {Block(block, other, chains)}",
            Peer.Block block => Allow($"-m conntrack {other} {block.Cidr}"),
            _ => Allow(""),
        };
        if (allowed.Ports is not { } gate) yield return target;
        else if (gate.Ranges.Count == 0) yield return $"-p {gate.Protocol} {target}";
        else
            foreach (var range in gate.Ranges)
                yield return string.Create(CultureInfo.InvariantCulture, $"-p {gate.Protocol} -m conntrack --ctreplsrcport {range.From}:{range.To} {target}");
    }

    private static string Block(Peer.Block block, string other, List<Chain> chains)
    {
        var name = $"MINIK-NP-B{ServiceRules.Hash($"{other} {block}").ToUpperInvariant()}";
        if (!chains.Exists(c => c.Name == $"mangle {name}"))
            chains.Add(new($"mangle {name}", [.. block.Except.Select(e => $"-m conntrack {other} {e} -j RETURN"), Allow($"-m conntrack {other} {block.Cidr}")]));
        return name;
    }

    private static string Allow(string match) => $"{match} -j MARK --set-xmark {Mark}".TrimStart();

    private static string GroupName(string group, string side) => $"mangle MINIK-NP-{side}{ServiceRules.Hash(group).ToUpperInvariant()}";

    private static string DoorName(string door) => $"mangle MINIK-NP-D{ServiceRules.Hash(door).ToUpperInvariant()}";
}
