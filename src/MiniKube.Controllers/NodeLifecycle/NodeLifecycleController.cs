using System.Collections.Concurrent;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Coordination;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

/// <summary>
/// Knows a node to be alive by its lease changing. When it changed is measured on this side's clock, from when it was seen: the clocks of
/// nodes may be wrong.
/// </summary>
public sealed class NodeLifecycleController : Controller<NodeLifecycleSeen>
{
    private const string Leases = "kube-node-lease";
    private const string Zone = "topology.kubernetes.io/zone";

    private readonly Cache<Node> nodes;
    private readonly Cache<Lease> leases;
    private readonly Cache<Pod> pods;
    private readonly Index<Pod> byNode;
    private readonly ZoneRates rates = new();
    private readonly ConcurrentDictionary<string, (string Sign, DateTimeOffset At, Item<Node> Node)> heard = new();

    public NodeLifecycleController(Caches caches)
    {
        nodes = caches.Of<Node>();
        leases = caches.Of<Lease>();
        pods = caches.Of<Pod>();
        byNode = pods.ByNode();
    }

    public override string Name => "node-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(nodes);
        triggers.Reads(leases);
        // A pod that comes to be ready on a node that isn't must be told better.
        triggers.On(pods, c => c.New is { } pod && pod.IsReady() && pod.NodeName() is { Length: > 0 } name && nodes.Get("", name) is { } node && !IsReady(node) ? [node.Key] : []);
    }

    protected override NodeLifecycleSeen? Observe(Turn turn)
    {
        if (nodes.Get(turn.Key) is not { } node)
        {
            return heard.TryRemove(turn.Key.Name, out var last) ? new(last.Node, last.At, turn.Now, [], () => null) { IsGone = true } : null;
        }
        var beat = node.Value.Status?.Conditions?.FirstOrDefault(c => c.Type == "Ready")?.LastHeartbeatTime;
        var sign = $"{leases.Get(Leases, node.Name)?.Meta.ResourceVersion}/{beat:O}";
        var isNew = !heard.ContainsKey(node.Name);
        var at = heard.AddOrUpdate(node.Name, _ => (sign, turn.Now, node), (_, old) => (sign, old.Sign == sign ? old.At : turn.Now, node)).At;
        return new(node, at, turn.Now, byNode[node.Name], () => Wait(node, turn.Now)) { IsNew = isNew, NobodyAnswers = () => !nodes.All().Any(IsReady) };
    }

    protected override Plan For(NodeLifecycleSeen seen) => NodeLifecyclePlan.For(seen);

    private TimeSpan? Wait(Item<Node> node, DateTimeOffset now)
    {
        var zones = nodes.All().GroupBy(n => n.Meta.Label(Zone) ?? "").ToDictionary(g => g.Key,
            g => (Ready: g.Count(IsReady), NotReady: g.Count(n => !IsReady(n))));
        var zone = node.Meta.Label(Zone) ?? "";
        var (ready, notReady) = zones[zone];
        return rates.Wait(zone, ZoneRates.RateOf(ready, notReady, zones.Values.All(z => z.Ready == 0)), now);
    }

    private static bool IsReady(Item<Node> node) => node.Value.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) == true;
}
