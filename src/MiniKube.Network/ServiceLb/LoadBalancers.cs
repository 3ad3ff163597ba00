using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Network.ServiceLb;

/// <summary>A service, where it could be reached, and (if at all) why its ports can't be had there.</summary>
public sealed record LoadBalancerSeen(Item<Service> Service, IReadOnlyList<string> NodeAddresses, string? Clash = null);

/// <summary>What a load balancer's status should say.</summary>
public static class LoadBalancerPlan
{
    private static readonly ResourceRef Services = Resources.RefOf<Service>();
    private static readonly TimeSpan NextLook = TimeSpan.FromSeconds(30);

    public static bool IsOurs(Item<Service> service) => service.Value.Spec is { Type: "LoadBalancer", LoadBalancerClass: null or "" } && !service.BeingDeleted;

    public static Plan For(LoadBalancerSeen seen)
    {
        var service = seen.Service.Value;
        var mine = IsOurs(seen.Service);
        var clash = mine ? seen.Clash : null;
        var wanted = mine && clash is null ? seen.NodeAddresses : [];
        var shown = (service.Status?.LoadBalancer?.Ingress ?? []).Select(i => i.Ip ?? "").ToArray();
        var actions = new List<PlanAction>();
        // Addresses that somebody else gave to a service of another class are not ours to take.
        if (!shown.SequenceEqual(wanted) && (mine || service.Spec?.Type != "LoadBalancer"))
        {
            var balancer = new JsonMap();
            if (wanted.Count > 0) balancer.Add("ingress", new JsonList(wanted.Select(a => (Json)new JsonMap { { "ip", a }, { "ipMode", "VIP" } })));
            actions.Add(new PlanAction.SetStatus(Services, seen.Service.Namespace, seen.Service.Name, seen.Service.Uid, null, new JsonMap { { "loadBalancer", balancer } }));
        }
        if (clash is not null) actions.Add(new PlanAction.Emit(seen.Service.Ref, "Warning", "PortTaken", clash));
        return clash is null ? Plan.Of(actions) : Plan.Of(actions) with { RecheckAfter = NextLook };
    }

    /// <summary>Who else has a port: an older balancer, a pod with that port of its host, or a program on this host.</summary>
    public static string? Clash(Item<Service> service, IEnumerable<Item<Service>> balancers, IEnumerable<Item<Pod>> pods, Func<string, int, bool> listening)
    {
        var shown = service.Value.Status?.LoadBalancer?.Ingress is { Count: > 0 };
        var older = balancers.Where(b => b.Uid != service.Uid && IsOurs(b) && (b.Meta.Created, b.Name).CompareTo((service.Meta.Created, service.Name)) < 0).ToArray();
        foreach (var port in service.Value.Spec?.Ports ?? [])
        {
            var (number, protocol) = (port.Port ?? 0, port.Protocol ?? "TCP");
            if (older.FirstOrDefault(b => (b.Value.Spec?.Ports ?? []).Any(p => p.Port == number && (p.Protocol ?? "TCP") == protocol)) is { } first)
                return $"port {number}/{protocol} belongs to service {first.Key}";
            if (shown) continue;
            if (pods.FirstOrDefault(p => Has(p, number, protocol)) is { } pod) return $"port {number}/{protocol} of the host belongs to pod {pod.Key}";
            if (listening(protocol, number)) return $"a program on the node listens on port {number}/{protocol}";
        }
        return null;
    }

    private static bool Has(Item<Pod> pod, int port, string protocol) => pod.Value.Spec?.NodeName is { Length: > 0 } && pod.Value.Status?.Phase is not ("Succeeded" or "Failed")
        && (pod.Value.Spec.Containers ?? []).SelectMany(c => c.Ports ?? []).Any(p => p.HostPort == port && (p.Protocol ?? "TCP") == protocol);
}

/// <summary>LoadBalancer services are reached at the nodes' own addresses.</summary>
public sealed class LoadBalancerController(Caches caches, Func<string, int, bool> listening) : Controller<LoadBalancerSeen>
{
    private readonly Cache<Service> services = caches.Of(Resources.Of<Service>());
    private readonly Cache<Node> nodes = caches.Of(Resources.Of<Node>());
    private readonly Cache<Pod> pods = caches.Of(Resources.Of<Pod>());
    private readonly Index<Service> balancers = caches.Of(Resources.Of<Service>()).Index("balancer", s => s.Value.Spec?.Type == "LoadBalancer" ? ["yes"] : []);
    private readonly Index<Pod> hostPorts = caches.Of(Resources.Of<Pod>()).Index("host-port", p => (p.Value.Spec?.Containers ?? []).SelectMany(c => c.Ports ?? []).Any(p => p.HostPort > 0) ? ["yes"] : []);

    public override string Name => "service-lb-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(services);
        // A port that one gives up another may have been waiting for.
        triggers.On(services, change => change.New is null || LoadBalancerPlan.IsOurs(change.Latest) != (change.Old is { } old && LoadBalancerPlan.IsOurs(old)) ? balancers["yes"].Select(s => s.Key) : []);
        triggers.On(nodes, change => Addresses(change.Old).SequenceEqual(Addresses(change.New)) ? [] : balancers["yes"].Select(s => s.Key));
        triggers.Reads(pods);
    }

    protected override LoadBalancerSeen? Observe(Turn turn) => services.Get(turn.Key) is not { } service ? null
        : new(service, [.. nodes.All().OrderBy(n => n.Name, StringComparer.Ordinal).SelectMany(Addresses)], LoadBalancerPlan.IsOurs(service) ? LoadBalancerPlan.Clash(service, balancers["yes"], hostPorts["yes"], listening) : null);

    protected override Plan For(LoadBalancerSeen seen) => LoadBalancerPlan.For(seen);

    private static IEnumerable<string> Addresses(Item<Node>? node) =>
        (node?.Value.Status?.Addresses ?? []).Where(a => a.Type == "InternalIP").Select(a => a.Address!).Take(1);
}
