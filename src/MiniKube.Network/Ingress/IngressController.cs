using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Networking;
using MiniKube.Machinery;

namespace MiniKube.Network.Ingress;

/// <summary>An ingress, whether it is of our class, and where we listen: nowhere as long as nobody gave us a port.</summary>
public sealed record IngressSeen(Item<Kinds.Networking.Ingress> Ingress, bool Ours, string? Address, bool Listening);

/// <summary>What an ingress' status should say.</summary>
public static class IngressPlan
{
    public const string ClassName = "minik";
    public const string ControllerName = "minik.io/ingress";
    public const string DefaultMark = "ingressclass.kubernetes.io/is-default-class";

    private const string OldClass = "kubernetes.io/ingress.class";
    private static readonly ResourceRef Ingresses = Resources.RefOf<Kinds.Networking.Ingress>();
    private static readonly TimeSpan NextLook = TimeSpan.FromSeconds(2);

    /// <summary>One that names no class is older than our class, and ours as long as that is the default one.</summary>
    public static bool IsOurs(Item<Kinds.Networking.Ingress> ingress, IReadOnlyList<Item<IngressClass>> classes)
    {
        if (ingress.Value.Spec?.IngressClassName is { Length: > 0 } name) return classes.Any(c => c.Name == name && c.Value.Spec?.Controller == ControllerName);
        if (ingress.Meta.Annotations.TryGetValue(OldClass, out var old)) return old == ClassName;
        return classes.Any(c => c.Value.Spec?.Controller == ControllerName && c.Meta.Annotations.TryGetValue(DefaultMark, out var mark) && mark == "true");
    }

    public static Plan For(IngressSeen seen)
    {
        var shown = (seen.Ingress.Value.Status?.LoadBalancer?.Ingress ?? []).Select(i => i.Ip ?? i.Hostname ?? "").ToArray();
        string[] wanted = seen is { Ours: true, Listening: true, Address: { } at } ? [at] : [];
        // Somebody else's addresses stay: only what we may have put there is taken away.
        var foreign = !seen.Ours && !shown.SequenceEqual(seen.Address is { } mine ? [mine] : []);
        var again = seen is { Ours: true, Listening: false } ? NextLook : (TimeSpan?)null;
        if (shown.SequenceEqual(wanted) || foreign || seen.Ingress.BeingDeleted) return Plan.Nothing.Recheck(again);
        var balancer = new JsonMap();
        if (wanted.Length > 0) balancer.Add("ingress", new JsonList(wanted.Select(a => (Json)new JsonMap { { "ip", a } })));
        var item = seen.Ingress;
        return Plan.Of(new PlanAction.SetStatus(Ingresses, item.Namespace, item.Name, item.Uid, null, new JsonMap { { "loadBalancer", balancer } })).Recheck(again);
    }
}

/// <summary>Ingresses say at which address they are served: this node's.</summary>
public sealed class IngressController(Caches own, Caches network, string node, Func<bool> listening) : Controller<IngressSeen>
{
    private readonly Cache<Kinds.Networking.Ingress> ingresses = own.Of<Kinds.Networking.Ingress>();
    private readonly Cache<IngressClass> classes = own.Of<IngressClass>();
    private readonly Cache<Node> nodes = network.Of(Resources.Of<Node>());

    public override string Name => "ingress-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(ingresses);
        triggers.On(classes, _ => ingresses.All().Select(i => i.Key));
        triggers.On(nodes, change => change.Latest.Name == node && Address(change.Old) != Address(change.New) ? ingresses.All().Select(i => i.Key) : []);
    }

    protected override IngressSeen? Observe(Turn turn) => ingresses.Get(turn.Key) is { } ingress
        ? new(ingress, IngressPlan.IsOurs(ingress, classes.All()), Address(nodes.Get("", node)), listening()) : null;

    protected override Plan For(IngressSeen seen) => IngressPlan.For(seen);

    private static string? Address(Item<Node>? item) => (item?.Value.Status?.Addresses ?? []).FirstOrDefault(a => a.Type == "InternalIP")?.Address;
}
