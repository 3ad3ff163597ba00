using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

public sealed class EndpointSliceMirroringController : Controller<MirroringSeen>
{
    private readonly Cache<Kinds.Core.Endpoints> endpoints;
    private readonly Cache<Service> services;
    private readonly Cache<Kinds.Discovery.EndpointSlice> slices;
    private readonly Index<Kinds.Discovery.EndpointSlice> byService;

    public EndpointSliceMirroringController(Caches caches)
    {
        endpoints = caches.Of<Kinds.Core.Endpoints>();
        services = caches.Of<Service>();
        slices = caches.Of<Kinds.Discovery.EndpointSlice>();
        byService = EndpointSliceController.BySlice(slices);
    }

    public override string Name => "endpointslicemirroring-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(endpoints);
        triggers.OnSelf(services);
        triggers.On(slices, c => c.Latest.Meta.Label(EndpointSlicePlan.ManagedBy) == MirroringPlan.Controller &&
            c.Latest.Meta.Label("kubernetes.io/service-name") is { } service ? [new Key(c.Latest.Namespace, service)] : []);
    }

    protected override MirroringSeen Observe(Turn turn) =>
        new(turn.Key, endpoints.Get(turn.Key), services.Get(turn.Key), byService[$"{MirroringPlan.Controller}\n{turn.Key}"]);

    protected override Plan For(MirroringSeen seen) => MirroringPlan.For(seen);
}
