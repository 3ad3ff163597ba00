using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed record QuotaSeen(
    Item<Kinds.Core.ResourceQuota> Quota,
    IReadOnlyList<Item<Pod>> Pods,
    IReadOnlyList<Item<Service>> Services,
    IReadOnlyList<Item<PersistentVolumeClaim>> Claims,
    Func<string, int?> CountOf,
    DateTimeOffset Now);

/// <summary>The status of a quota: what there is, counted anew. Admission counts up in between; this puts it right.</summary>
public static class QuotaPlan
{
    public static Plan For(QuotaSeen seen)
    {
        var spec = seen.Quota.Value.Spec ?? new();
        var used = new Dictionary<string, Quantity>(StringComparer.Ordinal);
        var pods = seen.Pods.Where(p => Counts(p, seen.Now) && QuotaUsage.InScope(p.Value, spec)).ToArray();
        foreach (var name in spec.Hard?.Keys ?? [])
        {
            if (QuotaUsage.CountsClaims(name)) used[name] = Sum(seen.Claims.Select(c => QuotaUsage.OfClaim(c.Value, name)));
            else if (name.StartsWith("services", StringComparison.Ordinal) || name == "count/services") used[name] = Sum(seen.Services.Select(s => QuotaUsage.OfService(s.Value, name)));
            else if (QuotaUsage.CountsPods(name)) used[name] = Sum(pods.Select(p => QuotaUsage.OfPod(p.Value, name)));
            else if (seen.CountOf(name) is { } count) used[name] = Quantity.Of(count);
        }
        return Plan.Of(StatusChange.To(seen.Quota, new ResourceQuotaStatus { Hard = spec.Hard, Used = used }, asSeen: true));
    }

    /// <summary>Finished pods use nothing.</summary>
    private static bool Counts(Item<Pod> pod, DateTimeOffset now) => !pod.IsTerminal() &&
        !(pod.BeingDeleted && pod.Meta.Deleted + TimeSpan.FromSeconds(pod.Meta.DeletionGracePeriodSeconds ?? 0) < now);

    private static Quantity Sum(IEnumerable<Quantity> amounts) => amounts.Aggregate(Quantity.Zero, (a, b) => a + b);
}

public sealed class ResourceQuotaController : Controller<QuotaSeen>
{
    // Of these the short name counts as well as "count/…".
    private static readonly HashSet<string> Short = ["configmaps", "secrets", "replicationcontrollers", "resourcequotas"];

    private readonly Caches caches;
    private readonly KnownResources resources;
    private readonly Cache<Kinds.Core.ResourceQuota> quotas;
    private readonly Cache<Pod> pods;
    private readonly Cache<Service> services;
    private readonly Cache<PersistentVolumeClaim> claims;
    private readonly Index<Kinds.Core.ResourceQuota> inNamespace;

    public ResourceQuotaController(Caches caches, KnownResources resources)
    {
        this.caches = caches;
        this.resources = resources;
        quotas = caches.Of<Kinds.Core.ResourceQuota>();
        pods = caches.Of<Pod>();
        services = caches.Of<Service>();
        claims = caches.Of<PersistentVolumeClaim>();
        inNamespace = quotas.ByNamespace();
        pods.ByNamespace();
        services.ByNamespace();
        claims.ByNamespace();
    }

    public override string Name => "resourcequota-controller";

    public override void Watch(Triggers triggers)
    {
        triggers.OnSelf(quotas);
        triggers.On(pods, c => c is { Old: { } old, New: { } now } && old.IsTerminal() == now.IsTerminal() && old.Meta.Generation == now.Meta.Generation ? [] : In(c.Latest.Namespace));
        triggers.On(services, c => In(c.Latest.Namespace));
        triggers.On(claims, c => In(c.Latest.Namespace));
        foreach (var type in resources.BuiltIn.Where(r => r.Namespaced && r.Ref.Plural is not ("events" or "pods" or "services" or "persistentvolumeclaims" or "leases")))
        {
            var cache = caches.Any(type);
            triggers.Reads(cache);
            cache.SubscribeAny((old, now) =>
            {
                if (old is not null && now is not null) return;
                foreach (var key in In((now ?? old!).Namespace)) triggers.Add(key);
            });
        }
    }

    protected override QuotaSeen? Observe(Turn turn) => quotas.Get(turn.Key) is not { BeingDeleted: false } quota
        ? null
        : new(quota, pods.ByNamespace()[quota.Namespace], services.ByNamespace()[quota.Namespace], claims.ByNamespace()[quota.Namespace],
            name => CountOf(quota.Namespace, name), turn.Now);

    protected override Plan For(QuotaSeen seen) => QuotaPlan.For(seen);

    private IEnumerable<Key> In(string ns) => inNamespace[ns].Select(q => q.Key);

    private int? CountOf(string ns, string name)
    {
        var resource = name.StartsWith("count/", StringComparison.Ordinal) ? name[6..] : Short.Contains(name) ? name : null;
        if (resource is null) return null;
        return resources.All().FirstOrDefault(r => r.Ref.ToString() == resource) is { } type ? caches.Any(type).CountIn(ns) : null;
    }
}
