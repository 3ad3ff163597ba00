using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

public sealed class EndpointSliceController : Controller<EndpointSliceSeen>
{
    private const string Zone = "topology.kubernetes.io/zone";

    private readonly Cache<Service> services;
    private readonly Cache<Pod> pods;
    private readonly Cache<Node> nodes;
    private readonly Cache<Kinds.Discovery.EndpointSlice> slices;
    private readonly Index<Service> selectors;
    private readonly Index<Pod> labels;
    private readonly Index<Pod> byNode;
    private readonly Index<Kinds.Discovery.EndpointSlice> byService;

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
    }

    public override string Name => "endpointslice-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(services);
        triggers.On(pods, c => EndpointsController.ServicesOf(c, selectors));
        triggers.On(slices, c => c.Latest.Meta.Label(EndpointSlicePlan.ManagedBy) == EndpointSlicePlan.Controller &&
            c.Latest.Meta.Label("kubernetes.io/service-name") is { } service ? [new Key(c.Latest.Namespace, service)] : []);
        triggers.On(nodes, c => c.Old?.Meta.Label(Zone) == c.New?.Meta.Label(Zone)
            ? []
            : byNode[c.Latest.Name].SelectMany(p => selectors.Selecting(p.Meta, EndpointsController.SelectorOf)).Select(s => s.Key).Distinct());
    }

    protected override EndpointSliceSeen? Observe(Turn turn) => services.Get(turn.Key) is not { } service
        ? null
        : new(service, labels.Selected(service.Namespace, EndpointsController.SelectorOf(service)),
            byService[$"{EndpointSlicePlan.Controller}\n{service.Key}"], node => nodes.Get("", node)?.Meta.Label(Zone));

    protected override Plan For(EndpointSliceSeen seen) => EndpointSlicePlan.For(seen);

    internal static Index<Kinds.Discovery.EndpointSlice> BySlice(Cache<Kinds.Discovery.EndpointSlice> slices) => slices.Index("service", s =>
        s.Meta.Label("kubernetes.io/service-name") is { } service
            ? [$"{s.Meta.Label(EndpointSlicePlan.ManagedBy)}\n{new Key(s.Namespace, service)}"]
            : []);
}
