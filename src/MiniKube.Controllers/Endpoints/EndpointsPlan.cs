using System.Net;
using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed record EndpointsSeen(Key Key, Item<Service>? Service, IReadOnlyList<Item<Pod>> Pods, Item<Kinds.Core.Endpoints>? Existing);

/// <summary>The older form: one object per Service, addresses grouped by the ports they offer.</summary>
public static class EndpointsPlan
{
    private const string ManagedBy = "endpoints.kubernetes.io/managed-by";
    private const string OverCapacity = "endpoints.kubernetes.io/over-capacity";
    private const int Most = 1000;

    private static readonly ResourceRef Endpoints = Resources.RefOf<Kinds.Core.Endpoints>();

    public static Plan For(EndpointsSeen seen)
    {
        if (seen.Service is not { } service)
        {
            return seen.Existing is { } left
                ? Plan.Of(new PlanAction.Delete(Endpoints, left.Namespace, left.Name, left.Uid, null))
                : Plan.Nothing;
        }
        if (!ServicePods.SelectsPods(service) || service.BeingDeleted) return Plan.Nothing;
        var (subsets, truncated) = Subsets(service, seen.Pods);
        var labels = Labels(service);
        if (seen.Existing is { } existing && Same(existing, subsets, labels, truncated)) return Plan.Nothing;

        var metadata = new JsonMap { { "name", service.Name }, { "namespace", service.Namespace } };
        var annotations = new JsonMap();
        foreach (var (key, value) in seen.Existing?.Meta.Annotations ?? new Dictionary<string, string>())
            if (key is not (ServicePods.ChangeTime or OverCapacity)) annotations.Set(key, value);
        if (seen.Existing is null) annotations.Set(ServicePods.ChangeTime, KubeTime.Seconds(service.Meta.Created));
        if (truncated) annotations.Set(OverCapacity, "truncated");
        if (annotations.Count > 0) metadata.Add("annotations", annotations);
        metadata.Add("labels", labels);
        if (seen.Existing is { } old) metadata.Add("resourceVersion", old.Meta.ResourceVersion);
        var body = new JsonMap { { "apiVersion", "v1" }, { "kind", "Endpoints" }, { "metadata", metadata } };
        if (subsets.Count > 0) body.Add("subsets", subsets);
        return Plan.Of(seen.Existing is null
            ? new PlanAction.Create(Endpoints, service.Namespace, body)
            {
                Announce = new(service.Ref) { Failed = ("FailedToCreateEndpoint", $"Failed to create endpoint for service {service.Key}: {{error}}") },
            }
            : new PlanAction.Replace(Endpoints, service.Namespace, service.Name, body));
    }

    private static (JsonList Subsets, bool Truncated) Subsets(Item<Service> service, IReadOnlyList<Item<Pod>> pods)
    {
        var publishAll = service.Value.Spec?.PublishNotReadyAddresses == true;
        var family = service.Value.Spec?.IpFamilies?.FirstOrDefault() ?? "IPv4";
        // Addresses with the same ports on offer share a subset.
        var groups = new SortedDictionary<string, (JsonList Ports, List<(string Ip, bool Ready, JsonMap Address)> Addresses)>(StringComparer.Ordinal);
        foreach (var pod in pods)
        {
            if (!ServicePods.Belongs(pod, publishAll) || AddressOf(pod, family) is not { } ip) continue;
            var ports = Ports(service, pod);
            if (ports.Count == 0 && service.Value.Spec?.Ports is { Count: > 0 }) continue;
            var key = ports.ToString();
            if (!groups.TryGetValue(key, out var group)) groups[key] = group = (ports, []);
            group.Addresses.Add((ip, publishAll || pod.IsReady(), Address(pod, service, ip)));
        }
        var total = groups.Values.Sum(g => g.Addresses.Count);
        var room = Most;
        var subsets = new JsonList();
        foreach (var (ports, addresses) in groups.Values)
        {
            // Ready ones come first when there isn't room for all.
            var taken = addresses.OrderByDescending(a => a.Ready).Take(room).OrderBy(a => a.Ip, AddressOrder.Instance)
                .ThenBy(a => a.Address.Text("nodeName"), StringComparer.Ordinal).ToArray();
            room -= taken.Length;
            var subset = new JsonMap();
            Add(subset, "addresses", taken.Where(a => a.Ready));
            Add(subset, "notReadyAddresses", taken.Where(a => !a.Ready));
            if (ports.Count > 0) subset.Add("ports", ports);
            if (taken.Length > 0) subsets.Add(subset);
        }
        return (subsets, total > Most);
    }

    private static void Add(JsonMap subset, string member, IEnumerable<(string Ip, bool Ready, JsonMap Address)> addresses)
    {
        var list = new JsonList(addresses.Select(a => a.Address));
        if (list.Count > 0) subset.Add(member, list);
    }

    private static JsonList Ports(Item<Service> service, Item<Pod> pod)
    {
        var ports = new JsonList();
        foreach (var port in service.Value.Spec?.Ports ?? [])
        {
            if (ServicePods.TargetPort(pod, port) is not { } number) continue;
            var made = new JsonMap();
            if (port.Name is { Length: > 0 } name) made.Add("name", name);
            made.Add("port", number);
            made.Add("protocol", port.Protocol ?? "TCP");
            if (port.AppProtocol is { } app) made.Add("appProtocol", app);
            ports.Add(made);
        }
        return ports;
    }

    private static JsonMap Address(Item<Pod> pod, Item<Service> service, string ip)
    {
        var address = new JsonMap { { "ip", ip } };
        if (ServicePods.Hostname(pod, service) is { } hostname) address.Add("hostname", hostname);
        if (pod.NodeName() is { Length: > 0 } node) address.Add("nodeName", node);
        address.Add("targetRef", new JsonMap { { "kind", "Pod" }, { "namespace", pod.Namespace }, { "name", pod.Name }, { "uid", pod.Uid } });
        return address;
    }

    private static string? AddressOf(Item<Pod> pod, string family) =>
        (pod.Value.Status?.PodIPs?.Select(i => i.Ip) ?? [pod.Value.Status?.PodIP])
        .FirstOrDefault(ip => ip is not null && ip.Contains(':') == (family == "IPv6"));

    private static JsonMap Labels(Item<Service> service)
    {
        var labels = new JsonMap();
        foreach (var (key, value) in service.Meta.Labels) labels.Set(key, value);
        labels.Set(ManagedBy, "endpoint-controller");
        if (ServicePods.IsHeadless(service)) labels.Set(ServicePods.Headless, "");
        else labels.Remove(ServicePods.Headless);
        return labels;
    }

    private static bool Same(Item<Kinds.Core.Endpoints> existing, JsonList subsets, JsonMap labels, bool truncated)
    {
        var tree = existing.Tree();
        return (tree.List("subsets") ?? []).SameAs(subsets) && labels.SameAs(tree.Map("metadata")?.Map("labels") ?? []) &&
            truncated == existing.Meta.Annotations.ContainsKey(OverCapacity);
    }

    private sealed class AddressOrder : IComparer<string>
    {
        public static readonly AddressOrder Instance = new();

        public int Compare(string? x, string? y) =>
            IPAddress.TryParse(x, out var a) && IPAddress.TryParse(y, out var b)
                ? a.GetAddressBytes().AsSpan().SequenceCompareTo(b.GetAddressBytes())
                : string.CompareOrdinal(x, y);
    }
}
