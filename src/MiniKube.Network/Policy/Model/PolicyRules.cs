namespace MiniKube.Network.Policy;

public enum Direction
{
    Ingress,
    Egress,
}

/// <summary>Who is at the other end of a connection.</summary>
public abstract record Peer
{
    private Peer()
    {
    }

    /// <summary>Members of a group of addresses.</summary>
    public sealed record Group(string Name) : Peer
    {
        public override string ToString() => Name;
    }

    /// <summary>Members of a group of addresses with ports: the protocol alone is left to say.</summary>
    public sealed record Sockets(string Name) : Peer
    {
        public override string ToString() => Name;
    }

    public sealed record Block(string Cidr, IReadOnlyList<string> Except) : Peer
    {
        public override string ToString() => Except.Count == 0 ? Cidr : $"{Cidr} but {string.Join(", ", Except)}";
    }
}

public readonly record struct PortRange(int From, int To)
{
    public override string ToString() => From == To ? $"{From}" : $"{From}-{To}";
}

/// <summary>Ports of one protocol, in order and apart from each other; none are all.</summary>
public sealed record ProtocolPorts(string Protocol, IReadOnlyList<PortRange> Ranges)
{
    public override string ToString() => Ranges.Count == 0 ? Protocol : $"{Protocol} {string.Join(",", Ranges)}";
}

/// <summary>One thing that is allowed: with whom (null: with anybody), at which ports of who is called (null: by whatever protocol).</summary>
public sealed record Allowance(Peer? Peer, ProtocolPorts? Ports)
{
    public override string ToString() => $"{Peer?.ToString() ?? "anybody"}{(Ports is null ? "" : $" {Ports}")}";
}

/// <summary>What one policy allows in one direction. A policy that names ports means different ones in different pods: then there are several.</summary>
public sealed record Door(string Name, Direction Direction, IReadOnlyList<Allowance> Allowed)
{
    public string Content => string.Join('\n', Allowed);
}

/// <summary>Addresses ("10.42.0.7"), or addresses with ports ("10.42.0.7 80").</summary>
public sealed record AddressGroup(string Name, bool WithPorts, IReadOnlyList<string> Members);

/// <summary>One pod of this node and its doors; null for a direction in which nothing isolates it.</summary>
public sealed record Guarded(string Address, IReadOnlyList<string>? Ingress, IReadOnlyList<string>? Egress)
{
    public bool Equals(Guarded? other) => other is not null && Address == other.Address && Same(Ingress, other.Ingress) && Same(Egress, other.Egress);

    public override int GetHashCode() => Address.GetHashCode(StringComparison.Ordinal);

    private static bool Same(IReadOnlyList<string>? one, IReadOnlyList<string>? other) => one is null ? other is null : other is not null && one.SequenceEqual(other);
}

/// <summary>
/// Who may talk to whom. A connection passes when its caller's egress and its called one's ingress let it; the one that isn't guarded lets
/// everything pass. Every member of the state has a name that stays when its content changes.
/// </summary>
public sealed record PolicyRules(IReadOnlyDictionary<string, Guarded> Pods, IReadOnlyDictionary<string, Door> Doors, IReadOnlyDictionary<string, AddressGroup> Groups)
{
    public static readonly PolicyRules None = new(new Dictionary<string, Guarded>(), new Dictionary<string, Door>(), new Dictionary<string, AddressGroup>());

    public static PolicyRules For(PolicySeen seen) => new PolicyReading(seen).Read();
}
