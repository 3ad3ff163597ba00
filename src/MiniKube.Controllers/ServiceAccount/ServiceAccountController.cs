using MiniKube.ControlLoop;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed record ServiceAccountSeen(Item<Kinds.Core.Namespace> Namespace, bool HasDefault);

/// <summary>Every namespace has an account named "default".</summary>
public sealed class ServiceAccountController(Caches caches) : Controller<ServiceAccountSeen>
{
    private readonly Cache<Kinds.Core.Namespace> namespaces = caches.Of<Kinds.Core.Namespace>();
    private readonly Cache<Kinds.Core.ServiceAccount> accounts = caches.Of<Kinds.Core.ServiceAccount>();

    public override string Name => "service-account-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(namespaces);
        triggers.On(accounts, c => c.New is null ? [Key.Cluster(c.Latest.Namespace)] : []);
    }

    protected override ServiceAccountSeen? Observe(Turn turn) =>
        namespaces.Get(turn.Key) is { } ns ? new(ns, accounts.Get(ns.Name, "default") is not null) : null;

    protected override Plan For(ServiceAccountSeen seen) => PlanFor(seen);

    public static Plan PlanFor(ServiceAccountSeen seen) => seen.HasDefault || seen.Namespace.IsTerminatingNamespace()
        ? Plan.Nothing
        : Plan.Of(new PlanAction.Create(Resources.RefOf<Kinds.Core.ServiceAccount>(), seen.Namespace.Name, new JsonMap
        {
            { "apiVersion", "v1" }, { "kind", "ServiceAccount" },
            { "metadata", new JsonMap { { "name", "default" }, { "namespace", seen.Namespace.Name } } },
        }));
}

public static class NamespaceState
{
    public static bool IsTerminatingNamespace(this Item<Kinds.Core.Namespace> ns) =>
        ns.BeingDeleted || ns.Value.Status?.Phase == "Terminating";
}
