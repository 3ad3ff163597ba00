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
    DateTimeOffset Now)
{
    public IReadOnlyDictionary<string, Quantity> Recorded => Quota.Value.Status?.Used ?? new Dictionary<string, Quantity>();
}

/// <summary>The status of a quota: what there is, counted anew. Admission counts up in between; this puts it right.</summary>
public static class QuotaPlan
{
    public static Plan For(QuotaSeen seen) =>
        Plan.Of(StatusChange.To(seen.Quota, new ResourceQuotaStatus { Hard = seen.Quota.Value.Spec?.Hard, Used = Used(seen) }, asSeen: true));

    /// <summary>Whether less is counted than is on record: what gives room back must be beyond doubt.</summary>
    public static bool GivesBack(QuotaSeen seen) => Used(seen).Any(u => seen.Recorded.TryGetValue(u.Key, out var recorded) && u.Value < recorded);

    private static Dictionary<string, Quantity> Used(QuotaSeen seen)
    {
        var spec = seen.Quota.Value.Spec ?? new();
        var used = new Dictionary<string, Quantity>(StringComparer.Ordinal);
        var objects = seen.Pods.Where(p => QuotaUsage.InScope(p.Value, spec)).ToArray();
        var pods = objects.Where(p => QuotaUsage.Takes(p.Value, seen.Now)).ToArray();
        var claims = seen.Claims.Where(c => QuotaUsage.InScope(c.Value, spec)).ToArray();
        var unscoped = QuotaUsage.IsUnscoped(spec);
        foreach (var name in spec.Hard?.Keys ?? [])
        {
            if (name == "count/pods") used[name] = Quantity.Of(objects.Length);
            else if (QuotaUsage.CountsClaims(name)) used[name] = Sum(claims.Select(c => QuotaUsage.OfClaim(c.Value, name)));
            else if (QuotaUsage.CountsPods(name)) used[name] = Sum(pods.Select(p => QuotaUsage.OfPod(p.Value, name)));
            else if (!unscoped) used[name] = Quantity.Zero;
            else if (QuotaUsage.CountsServices(name)) used[name] = Sum(seen.Services.Select(s => QuotaUsage.OfService(s.Value, name)));
            else if (seen.CountOf(name) is { } count) used[name] = Quantity.Of(count);
        }
        return used;
    }

    private static Quantity Sum(IEnumerable<Quantity> amounts) => amounts.Aggregate(Quantity.Zero, (a, b) => a + b);
}

/// <summary>
/// Counts from caches. Where that would give room back while a cache is behind the quota's last charge, the server itself is asked: an
/// object that was charged but isn't in the cache yet must not be counted as gone.
/// </summary>
public sealed class ResourceQuotaController : FreshController<QuotaSeen>
{
    // Of these the short name counts as well as "count/…".
    private static readonly HashSet<string> Short = ["configmaps", "secrets", "replicationcontrollers", "resourcequotas"];

    private readonly Caches caches;
    private readonly IApi api;
    private readonly KnownResources resources;
    private readonly Cache<Kinds.Core.ResourceQuota> quotas;
    private readonly Cache<Pod> pods;
    private readonly Cache<Service> services;
    private readonly Cache<PersistentVolumeClaim> claims;
    private readonly Index<Kinds.Core.ResourceQuota> inNamespace;

    public ResourceQuotaController(Caches caches, KnownResources resources, IApi api)
    {
        this.api = api;
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

    protected override async ValueTask<QuotaSeen?> Observe(Turn turn, CancellationToken cancel)
    {
        if (quotas.Get(turn.Key) is not { BeingDeleted: false } quota) return null;
        var ns = quota.Namespace;
        var seen = new QuotaSeen(quota, pods.ByNamespace()[ns], services.ByNamespace()[ns], claims.ByNamespace()[ns],
            name => TypeOf(name) is { } type ? caches.Any(type).CountIn(ns) : null, turn.Now);
        return IsBehind(quota) && QuotaPlan.GivesBack(seen) ? await Ask(seen, cancel) : seen;
    }

    private bool IsBehind(Item<Kinds.Core.ResourceQuota> quota)
    {
        IEnumerable<Cache> counted = [pods, services, claims, .. (quota.Value.Spec?.Hard?.Keys ?? []).Select(TypeOf).OfType<ResourceType>().Select(caches.Any)];
        return counted.Any(c => c.Position < quota.Meta.Version);
    }

    private async Task<QuotaSeen?> Ask(QuotaSeen seen, CancellationToken cancel)
    {
        var counts = new Dictionary<string, int?>(StringComparer.Ordinal);
        foreach (var name in seen.Quota.Value.Spec?.Hard?.Keys ?? [])
        {
            if (TypeOf(name) is not { } type) continue;
            var listed = await api.List(type.Ref, seen.Quota.Namespace, cancel: cancel);
            if (!listed.Ok) return null;
            counts[name] = listed.Value.Items.Count;
        }
        return await All(Resources.Of<Pod>()) is { } podsNow && await All(Resources.Of<Service>()) is { } servicesNow && await All(Resources.Of<PersistentVolumeClaim>()) is { } claimsNow
            ? seen with { Pods = podsNow, Services = servicesNow, Claims = claimsNow, CountOf = counts.GetValueOrDefault }
            : null;

        async Task<IReadOnlyList<Item<T>>?> All<T>(ResourceType<T> type) where T : class =>
            await api.List(type.Ref, seen.Quota.Namespace, cancel: cancel) is { Ok: true } listed ? [.. listed.Value.Items.Select(type.Item)] : null;
    }

    protected override Plan For(QuotaSeen seen) => QuotaPlan.For(seen);

    private IEnumerable<Key> In(string ns) => inNamespace[ns].Select(q => q.Key);

    private ResourceType? TypeOf(string name)
    {
        var resource = name.StartsWith("count/", StringComparison.Ordinal) ? name[6..] : Short.Contains(name) ? name : null;
        return resource is null ? null : resources.All().FirstOrDefault(r => r.Ref.ToString() == resource);
    }
}
