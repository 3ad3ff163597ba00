using System.Net;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed record NodeIpamSeen(Item<Node> Node, IReadOnlySet<string> Taken, PodNetwork Network);

/// <summary>The pods' network, cut into one piece per node.</summary>
public sealed record PodNetwork(string Cidr, int NodePrefix = 24)
{
    /// <summary>The pieces in order.</summary>
    public IEnumerable<string> Pieces()
    {
        var network = IPNetwork.Parse(Cidr);
        var first = ToNumber(network.BaseAddress);
        var count = 1L << Math.Max(0, NodePrefix - network.PrefixLength);
        for (var i = 0L; i < count; i++) yield return $"{ToAddress(first + (uint)(i << 32 - NodePrefix))}/{NodePrefix}";
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

    public override string Name => "cidrAllocator";

    public override string Account => "node-controller";

    public override int Parallelism => 1;

    public override void Watch(Triggers triggers) => triggers.On(nodes, c => c.New is { Value.Spec.PodCIDR: null or "" } node ? [node.Key] : []);

    protected override NodeIpamSeen? Observe(Turn turn) => nodes.Get(turn.Key) is { BeingDeleted: false, Value.Spec.PodCIDR: null or "" } node
        ? new(node, nodes.All().SelectMany(n => n.Value.Spec?.PodCIDRs ?? [n.Value.Spec?.PodCIDR ?? ""]).ToHashSet(StringComparer.Ordinal), network)
        : null;

    protected override Plan For(NodeIpamSeen seen) => PlanFor(seen);

    public static Plan PlanFor(NodeIpamSeen seen)
    {
        if (seen.Network.Pieces().FirstOrDefault(p => !seen.Taken.Contains(p)) is not { } free)
            return Plan.Of(new PlanAction.Emit(seen.Node.Ref, "Normal", "CIDRNotAvailable", $"Node {seen.Node.Name} status is now: CIDRNotAvailable"));
        return Plan.Of(new PlanAction.Patch(seen.Node.Type.Ref, null, seen.Node.Name, seen.Node.Uid, null, new JsonMap
        {
            { "spec", new JsonMap { { "podCIDR", free }, { "podCIDRs", JsonList.OfTexts([free]) } } },
        }));
    }
}
