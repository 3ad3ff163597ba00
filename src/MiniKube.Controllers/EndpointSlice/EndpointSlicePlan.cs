using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed record EndpointSliceSeen(
    Item<Service> Service,
    IReadOnlyList<Item<Pod>> Pods,
    IReadOnlyList<Item<Kinds.Discovery.EndpointSlice>> Slices,
    Func<string, Item<Node>?> NodeOf)
{
    /// <summary>Each zone's part of the processors, or null when that can't be told.</summary>
    public IReadOnlyDictionary<string, double>? Shares { get; init; }

    /// <summary>The Service asked for hints in proportion when it was last looked at.</summary>
    public bool WasProportional { get; init; }
}

/// <summary>From a Service and its pods to the slices that proxies and DNS read.</summary>
public static class EndpointSlicePlan
{
    public const string ManagedBy = "endpointslice.kubernetes.io/managed-by";
    public const string Controller = "endpointslice-controller.k8s.io";

    public static Plan For(EndpointSliceSeen seen)
    {
        var service = seen.Service;
        if (!ServicePods.SelectsPods(service) || service.BeingDeleted) return Plan.Nothing;
        var wanted = new List<SliceSet>();
        foreach (var family in service.Value.Spec?.IpFamilies ?? ["IPv4"]) wanted.AddRange(Sets(seen, family));
        var since = Since(seen, wanted);
        var proportional = IsProportional(service);
        var notes = new List<PlanAction>();
        var sets = new SliceSets(service, service.Name, Labels(service))
        {
            Annotations = old => WithChangeTime(old, since),
            Hint = proportional ? drafts => Hint(seen, drafts, notes) : null,
        };
        var actions = sets.Reconcile(wanted, seen.Slices);
        if (!proportional && seen.WasProportional)
            notes.AddRange(wanted.Select(w => w.AddressType).Distinct().Where(f => Hinted(seen, f)).Select(f => Tell(seen, "Warning", "Topology Aware Hints has been disabled", f)));
        return Plan.Of(actions.Concat(notes));
    }

    /// <summary>Whether hints are to follow the zones' processors. They go before what the Service says of its traffic.</summary>
    public static bool IsProportional(Item<Service> service) =>
        (service.Meta.Annotations.GetValueOrDefault("service.kubernetes.io/topology-aware-hints") ??
            service.Meta.Annotations.GetValueOrDefault("service.kubernetes.io/topology-mode")) is "Auto" or "auto";

    private static void Hint(EndpointSliceSeen seen, IReadOnlyList<SliceDraft> drafts, List<PlanAction> notes)
    {
        foreach (var family in drafts.GroupBy(d => d.Set.AddressType))
        {
            if (ProportionalHints.Assign([.. family], seen.Shares) is { } trouble) notes.Add(Tell(seen, "Warning", trouble, family.Key));
            else if (!(seen.WasProportional && Hinted(seen, family.Key))) notes.Add(Tell(seen, "Normal", "Topology Aware Hints has been enabled", family.Key));
        }
    }

    private static bool Hinted(EndpointSliceSeen seen, string family) =>
        seen.Slices.Any(s => s.Value.AddressType == family && s.Value.Endpoints?.Any(e => e.Hints?.ForZones is { Count: > 0 }) == true);

    private static PlanAction.Emit Tell(EndpointSliceSeen seen, string type, string message, string family) =>
        new(seen.Service.Ref, type, type == "Normal" ? "TopologyAwareHintsEnabled" : "TopologyAwareHintsDisabled", $"{message}, addressType: {family}");

    /// <summary>When what is written now began to be true: a new one's Service, else the first of the pods whose readiness it tells anew.</summary>
    private static DateTimeOffset? Since(EndpointSliceSeen seen, List<SliceSet> wanted)
    {
        if (seen.Slices.Count == 0) return seen.Service.Meta.Created;
        var told = seen.Slices.SelectMany(s => s.Value.Endpoints ?? []).Where(e => e.Conditions?.Serving == true).Select(e => e.TargetRef?.Uid).ToHashSet();
        var offered = wanted.SelectMany(w => w.Endpoints).Select(e => e.Map("targetRef")?.Text("uid")).ToHashSet();
        return seen.Pods.Where(p => offered.Contains(p.Uid) && p.IsReady() != told.Contains(p.Uid)).Min(ServicePods.ReadySince);
    }

    private static JsonMap WithChangeTime(JsonMap old, DateTimeOffset? since)
    {
        var annotations = old.CloneMap();
        annotations.Remove(ServicePods.ChangeTime);
        if (since is { } time) annotations.Set(ServicePods.ChangeTime, KubeTime.Seconds(time));
        return annotations;
    }

    private static IEnumerable<SliceSet> Sets(EndpointSliceSeen seen, string family)
    {
        var groups = new SortedDictionary<string, (JsonList Ports, List<JsonMap> Endpoints)>(StringComparer.Ordinal);
        foreach (var pod in seen.Pods.OrderBy(p => p.Name, StringComparer.Ordinal))
        {
            if (!ServicePods.Belongs(pod, terminatingToo: true)) continue;
            // A pod of a node that is gone is as good as gone, unless all are asked for.
            var node = seen.NodeOf(pod.NodeName() ?? "");
            if (node is null && seen.Service.Value.Spec?.PublishNotReadyAddresses != true) continue;
            var addresses = (pod.Value.Status?.PodIPs?.Select(i => i.Ip) ?? [pod.Value.Status?.PodIP])
                .Where(ip => ip is not null && ip.Contains(':') == (family == "IPv6")).Select(ip => ip!).ToArray();
            if (addresses.Length == 0) continue;
            var ports = Ports(seen.Service, pod);
            if (!groups.TryGetValue(ports.ToString(), out var group)) groups[ports.ToString()] = group = (ports, []);
            group.Endpoints.Add(Endpoint(seen, pod, node, addresses));
        }
        return groups.Count == 0
            ? [new SliceSet(family, [], [])]
            : groups.Values.Select(g => new SliceSet(family, g.Ports, g.Endpoints));
    }

    private static JsonList Ports(Item<Service> service, Item<Pod> pod)
    {
        var ports = new JsonList();
        foreach (var port in service.Value.Spec?.Ports ?? [])
        {
            if (ServicePods.TargetPort(pod, port) is not { } number) continue;
            var made = new JsonMap { { "name", port.Name ?? "" }, { "port", number }, { "protocol", port.Protocol ?? "TCP" } };
            if (port.AppProtocol is { } app) made.Add("appProtocol", app);
            ports.Add(made);
        }
        return ports;
    }

    private static JsonMap Endpoint(EndpointSliceSeen seen, Item<Pod> pod, Item<Node>? on, string[] addresses)
    {
        var ready = pod.IsReady();
        var publishAll = seen.Service.Value.Spec?.PublishNotReadyAddresses == true;
        var endpoint = new JsonMap
        {
            { "addresses", JsonList.OfTexts(addresses) },
            {
                "conditions", new JsonMap
                {
                    { "ready", publishAll || ready && !pod.BeingDeleted }, { "serving", ready }, { "terminating", pod.BeingDeleted },
                }
            },
        };
        if (ServicePods.Hostname(pod, seen.Service) is { } hostname) endpoint.Add("hostname", hostname);
        endpoint.Add("targetRef", new JsonMap { { "kind", "Pod" }, { "namespace", pod.Namespace }, { "name", pod.Name }, { "uid", pod.Uid } });
        if (pod.NodeName() is not { Length: > 0 } node) return endpoint;
        endpoint.Add("nodeName", node);
        var zone = on?.Meta.Label(ZoneShares.Zone);
        if (zone is { Length: > 0 }) endpoint.Add("zone", zone);
        // Nobody is to be led to what isn't ready.
        if (!IsProportional(seen.Service) && (publishAll || ready && !pod.BeingDeleted) && Hints(seen.Service.Value.Spec?.TrafficDistribution, node, zone) is { } hints) endpoint.Add("hints", hints);
        return endpoint;
    }

    private static JsonMap? Hints(string? distribution, string node, string? zone)
    {
        if (distribution is not ("PreferClose" or "PreferSameZone" or "PreferSameNode") || zone is not { Length: > 0 } && distribution != "PreferSameNode") return null;
        var hints = new JsonMap();
        if (distribution == "PreferSameNode") hints.Add("forNodes", JsonList.Of(new JsonMap { { "name", node } }));
        if (zone is { Length: > 0 }) hints.Add("forZones", JsonList.Of(new JsonMap { { "name", zone } }));
        return hints;
    }

    private static JsonMap Labels(Item<Service> service)
    {
        var labels = new JsonMap();
        foreach (var (key, value) in service.Meta.Labels)
            if (key is not ("kubernetes.io/service-name" or ManagedBy or ServicePods.Headless)) labels.Set(key, value);
        labels.Set(ManagedBy, Controller);
        if (ServicePods.IsHeadless(service)) labels.Set(ServicePods.Headless, "");
        return labels;
    }
}
