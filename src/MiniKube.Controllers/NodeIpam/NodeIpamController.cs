using System.Net;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>Taken tells whether a node has a piece already; the search starts at piece number From.</summary>
public sealed record NodeIpamSeen(Item<Node> Node, Func<string, bool> Taken, PodNetwork Network, long From = 0);

/// <summary>The pods' network, cut into one piece per node.</summary>
public sealed record PodNetwork(string Cidr, int NodePrefix = 24)
{
    /// <summary>The first free piece from a number on, round to the one before it; null when all are taken.</summary>
    public (string Piece, long Number)? Free(Func<string, bool> taken, long from)
    {
        var network = IPNetwork.Parse(Cidr);
        var first = ToNumber(network.BaseAddress);
        var count = 1L << Math.Max(0, NodePrefix - network.PrefixLength);
        for (var i = 0L; i < count; i++)
        {
            var number = (from + i) % count;
            var piece = $"{ToAddress(first + (uint)(number << 32 - NodePrefix))}/{NodePrefix}";
            if (!taken(piece)) return (piece, number);
        }
        return null;
    }

    private static uint ToNumber(IPAddress address)
    {
        var b = address.GetAddressBytes();
        return (uint)(b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3]);
    }

    private static IPAddress ToAddress(uint n) => new([(byte)(n >> 24), (byte)(n >> 16), (byte)(n >> 8), (byte)n]);
}

/// <summary>Gives every node a piece of the pod network that no other node has. One at a time, so that no piece is given twice.</summary>
public sealed class NodeIpamController(Caches caches, PodNetwork network) : Controller<NodeIpamSeen>
{
    private readonly Cache<Node> nodes = caches.Of<Node>();
    private readonly Index<Node> byPiece = caches.Of<Node>().Index("podCIDR", n => n.Value.Spec?.PodCIDRs ?? (n.Value.Spec?.PodCIDR is { Length: > 0 } one ? [one] : []));

    // Behind the piece that was given last: looking from the start would cost the square of the number of nodes.
    private long next;

    public override string Name => "cidrAllocator";

    public override string Account => "node-controller";

    public override int Parallelism => 1;

    public override void Watch(Triggers triggers) => triggers.On(nodes, c => c.New is { Value.Spec.PodCIDR: null or "" } node ? [node.Key] : []);

    protected override NodeIpamSeen? Observe(Turn turn) => nodes.Get(turn.Key) is { BeingDeleted: false, Value.Spec.PodCIDR: null or "" } node
        ? new(node, piece => byPiece.Count(piece) > 0, network, next)
        : null;

    protected override Plan For(NodeIpamSeen seen)
    {
        var (plan, number) = PlanFor(seen);
        if (number is { } given) next = given + 1;
        return plan;
    }

    /// <summary>The plan, and the number of the piece it gives.</summary>
    public static (Plan Plan, long? Number) PlanFor(NodeIpamSeen seen)
    {
        if (seen.Network.Free(seen.Taken, seen.From) is not var (free, number))
            return (Plan.Of(new PlanAction.Emit(seen.Node.Ref, "Normal", "CIDRNotAvailable", $"Node {seen.Node.Name} status is now: CIDRNotAvailable")), null);
        return (Plan.Of(new PlanAction.Patch(seen.Node.Type.Ref, null, seen.Node.Name, seen.Node.Uid, null, new JsonMap
        {
            { "spec", new JsonMap { { "podCIDR", free }, { "podCIDRs", JsonList.OfTexts([free]) } } },
        })), number);
    }
}
