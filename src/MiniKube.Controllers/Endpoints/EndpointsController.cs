using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Controllers;

public sealed class EndpointsController : Controller<EndpointsSeen>
{
    private readonly Cache<Service> services;
    private readonly Cache<Pod> pods;
    private readonly Cache<Kinds.Core.Endpoints> endpoints;
    private readonly Index<Service> selectors;
    private readonly Index<Pod> labels;

    public EndpointsController(Caches caches)
    {
        services = caches.Of<Service>();
        pods = caches.Of<Pod>();
        endpoints = caches.Of<Kinds.Core.Endpoints>();
        selectors = services.BySelector(SelectorOf);
        labels = pods.ByLabel();
    }

    public override string Name => "endpoint-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(services);
        triggers.On(pods, c => ServicesOf(c, selectors));
        triggers.On(endpoints, c => c.Latest.Meta.Label("endpoints.kubernetes.io/managed-by") == Name ? [c.Latest.Key] : []);
    }

    protected override EndpointsSeen Observe(Turn turn)
    {
        var service = services.Get(turn.Key);
        return new(turn.Key, service, service is null ? [] : labels.Selected(service.Namespace, SelectorOf(service)), endpoints.Get(turn.Key));
    }

    protected override Plan For(EndpointsSeen seen) => EndpointsPlan.For(seen);

    internal static Selector SelectorOf(Item<Service> service) => Selectors.OfPairs(service.Value.Spec?.Selector);

    /// <summary>Services that select the pod now, and those that did before its labels changed.</summary>
    internal static IEnumerable<Key> ServicesOf(Change<Pod> change, Index<Service> selectors)
    {
        var keys = change.New is null ? [] : selectors.Selecting(change.New.Meta, SelectorOf).Select(s => s.Key);
        if (change.Old is { } old && (change.New is null || !SameLabels(old.Meta, change.New.Meta)))
            keys = keys.Concat(selectors.Selecting(old.Meta, SelectorOf).Select(s => s.Key));
        return keys;
    }

    private static bool SameLabels(Meta a, Meta b) =>
        a.Labels.Count == b.Labels.Count && a.Labels.All(l => b.Label(l.Key) == l.Value);
}
