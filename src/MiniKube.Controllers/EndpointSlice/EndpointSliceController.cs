using System.Collections.Concurrent;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

public sealed class EndpointSliceController : Controller<EndpointSliceSeen>
{
    private readonly Cache<Service> services;
    private readonly Cache<Pod> pods;
    private readonly Cache<Node> nodes;
    private readonly Cache<Kinds.Discovery.EndpointSlice> slices;
    private readonly Index<Service> selectors;
    private readonly Index<Pod> labels;
    private readonly Index<Pod> byNode;
    private readonly Index<Kinds.Discovery.EndpointSlice> byService;
    private readonly Index<Service> proportional;

    // Who asked for hints in proportion at the last look: only then it is news that there are none, or some.
    private readonly ConcurrentDictionary<Key, bool> asked = new();
    private volatile Lazy<IReadOnlyDictionary<string, double>?> shares;

    public EndpointSliceController(Caches caches)
    {
        services = caches.Of<Service>();
        pods = caches.Of<Pod>();
        nodes = caches.Of<Node>();
        slices = caches.Of<Kinds.Discovery.EndpointSlice>();
        selectors = services.BySelector(EndpointsController.SelectorOf);
        labels = pods.ByLabel();
        byNode = pods.ByNode();
        byService = BySlice(slices);
        proportional = services.Index("proportional", s => EndpointSlicePlan.IsProportional(s) ? [""] : []);
        shares = Counted();
    }

    public override string Name => "endpointslice-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(services);
        triggers.On(pods, c => EndpointsController.ServicesOf(c, selectors));
        triggers.On(slices, c => c.Latest.Meta.Label(EndpointSlicePlan.ManagedBy) == EndpointSlicePlan.Controller &&
            c.Latest.Meta.Label("kubernetes.io/service-name") is { } service ? [new Key(c.Latest.Namespace, service)] : []);
        triggers.On(nodes, c => c.Old is null || c.New is null || c.Old.Meta.Label(ZoneShares.Zone) != c.New.Meta.Label(ZoneShares.Zone)
            ? byNode[c.Latest.Name].SelectMany(p => selectors.Selecting(p.Meta, EndpointsController.SelectorOf)).Select(s => s.Key).Distinct()
            : []);
        triggers.On(nodes, c =>
        {
            if (proportional.Count("") > 0 && ZoneShares.Weight(c.Old) == ZoneShares.Weight(c.New)) return [];
            shares = Counted();
            return proportional[""].Select(s => s.Key);
        });
    }

    protected override EndpointSliceSeen? Observe(Turn turn)
    {
        if (services.Get(turn.Key) is not { } service)
        {
            asked.TryRemove(turn.Key, out _);
            return null;
        }
        var before = asked.GetValueOrDefault(turn.Key);
        if (EndpointSlicePlan.IsProportional(service)) asked[turn.Key] = true;
        else asked.TryRemove(turn.Key, out _);
        return new(service, labels.Selected(service.Namespace, EndpointsController.SelectorOf(service)),
            byService[$"{EndpointSlicePlan.Controller}\n{service.Key}"], name => nodes.Get("", name))
        {
            Shares = shares.Value, WasProportional = before,
        };
    }

    private Lazy<IReadOnlyDictionary<string, double>?> Counted() => new(() => ZoneShares.Of(nodes.All()));

    protected override Plan For(EndpointSliceSeen seen) => EndpointSlicePlan.For(seen);

    internal static Index<Kinds.Discovery.EndpointSlice> BySlice(Cache<Kinds.Discovery.EndpointSlice> slices) => slices.Index("service", s =>
        s.Meta.Label("kubernetes.io/service-name") is { } service
            ? [$"{s.Meta.Label(EndpointSlicePlan.ManagedBy)}\n{new Key(s.Namespace, service)}"]
            : []);
}
