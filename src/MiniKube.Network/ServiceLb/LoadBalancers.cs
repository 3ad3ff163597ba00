using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Network.ServiceLb;

public sealed record LoadBalancerSeen(Item<Service> Service, IReadOnlyList<string> NodeAddresses);

/// <summary>What a load balancer's status should say.</summary>
public static class LoadBalancerPlan
{
    private static readonly ResourceRef Services = Resources.RefOf<Service>();

    public static Plan For(LoadBalancerSeen seen)
    {
        var service = seen.Service.Value;
        var mine = service.Spec is { Type: "LoadBalancer", LoadBalancerClass: null or "" } && !seen.Service.BeingDeleted;
        var wanted = mine ? seen.NodeAddresses : [];
        var shown = (service.Status?.LoadBalancer?.Ingress ?? []).Select(i => i.Ip ?? "").ToArray();
        if (shown.SequenceEqual(wanted)) return Plan.Nothing;
        // Addresses that somebody else gave to a service of another class are not ours to take.
        if (!mine && service.Spec?.Type == "LoadBalancer") return Plan.Nothing;
        var balancer = new JsonMap();
        if (wanted.Count > 0) balancer.Add("ingress", new JsonList(wanted.Select(a => (Json)new JsonMap { { "ip", a }, { "ipMode", "VIP" } })));
        return Plan.Of(new PlanAction.SetStatus(Services, seen.Service.Namespace, seen.Service.Name, seen.Service.Uid, null, new JsonMap { { "loadBalancer", balancer } }));
    }
}

/// <summary>LoadBalancer services are reached at the nodes' own addresses.</summary>
public sealed class LoadBalancerController(Caches caches) : Controller<LoadBalancerSeen>
{
    private readonly Cache<Service> services = caches.Of(Resources.Of<Service>());
    private readonly Cache<Node> nodes = caches.Of(Resources.Of<Node>());

    public override string Name => "service-lb-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(services);
        triggers.On(nodes, change => Addresses(change.Old).SequenceEqual(Addresses(change.New)) ? [] : services.All().Where(s => s.Value.Spec?.Type == "LoadBalancer").Select(s => s.Key));
    }

    protected override LoadBalancerSeen? Observe(Turn turn) => services.Get(turn.Key) is { } service
        ? new(service, [.. nodes.All().OrderBy(n => n.Name, StringComparer.Ordinal).SelectMany(Addresses)])
        : null;

    protected override Plan For(LoadBalancerSeen seen) => LoadBalancerPlan.For(seen);

    private static IEnumerable<string> Addresses(Item<Node>? node) =>
        (node?.Value.Status?.Addresses ?? []).Where(a => a.Type == "InternalIP").Select(a => a.Address!).Take(1);
}
