using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed record EndpointSliceSeen(
    Item<Service> Service,
    IReadOnlyList<Item<Pod>> Pods,
    IReadOnlyList<Item<Kinds.Discovery.EndpointSlice>> Slices,
    Func<string, string?> ZoneOf);

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
        var annotations = new JsonMap { { ServicePods.ChangeTime, KubeTime.Seconds(service.Meta.Created) } };
        return Plan.Of(new SliceSets(service, service.Name, Labels(service), annotations).Reconcile(wanted, seen.Slices));
    }

    private static IEnumerable<SliceSet> Sets(EndpointSliceSeen seen, string family)
    {
        var groups = new SortedDictionary<string, (JsonList Ports, List<JsonMap> Endpoints)>(StringComparer.Ordinal);
        foreach (var pod in seen.Pods.OrderBy(p => p.Name, StringComparer.Ordinal))
        {
            if (!ServicePods.Belongs(pod, terminatingToo: true)) continue;
            var addresses = (pod.Value.Status?.PodIPs?.Select(i => i.Ip) ?? [pod.Value.Status?.PodIP])
                .Where(ip => ip is not null && ip.Contains(':') == (family == "IPv6")).Select(ip => ip!).ToArray();
            if (addresses.Length == 0) continue;
            var ports = Ports(seen.Service, pod);
            if (!groups.TryGetValue(ports.ToString(), out var group)) groups[ports.ToString()] = group = (ports, []);
            group.Endpoints.Add(Endpoint(seen, pod, addresses));
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

    private static JsonMap Endpoint(EndpointSliceSeen seen, Item<Pod> pod, string[] addresses)
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
        var zone = seen.ZoneOf(node);
        if (zone is { Length: > 0 }) endpoint.Add("zone", zone);
        // Nobody is to be led to what isn't ready.
        if ((publishAll || ready && !pod.BeingDeleted) && Hints(seen.Service.Value.Spec?.TrafficDistribution, node, zone) is { } hints) endpoint.Add("hints", hints);
        return endpoint;
    }

    private static JsonMap? Hints(string? distribution, string node, string? zone)
    {
        if (distribution is null || zone is not { Length: > 0 } && distribution != "PreferSameNode") return null;
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
