using MiniKube.ControlLoop;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed record EndpointsSeen(Key Key, Item<Service>? Service, IReadOnlyList<Item<Pod>> Pods, Item<Kinds.Core.Endpoints>? Existing);

/// <summary>The older form: one object per Service, ports grouped by the pods that offer them.</summary>
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
        var offers = Offers(service, seen.Pods).ToArray();
        var (subsets, truncated) = Subsets.Of(offers, Most);
        var labels = Labels(service);
        if (seen.Existing is { } existing && Same(existing, subsets, labels, truncated)) return Plan.Nothing;

        var metadata = new JsonMap { { "name", service.Name }, { "namespace", service.Namespace } };
        var annotations = new JsonMap();
        foreach (var (key, value) in seen.Existing?.Meta.Annotations ?? new Dictionary<string, string>())
            if (key is not (ServicePods.ChangeTime or OverCapacity)) annotations.Set(key, value);
        if (Since(service, seen, offers) is { } since) annotations.Set(ServicePods.ChangeTime, KubeTime.Seconds(since));
        if (truncated) annotations.Set(OverCapacity, "truncated");
        if (annotations.Count > 0) metadata.Add("annotations", annotations);
        metadata.Add("labels", labels);
        if (seen.Existing is { } old) metadata.Add("resourceVersion", old.Meta.ResourceVersion);
        var body = new JsonMap { { "apiVersion", "v1" }, { "kind", "Endpoints" }, { "metadata", metadata } };
        if (subsets.Count > 0) body.Add("subsets", subsets);
        return Plan.Of(seen.Existing is null
            ? new PlanAction.Create(Endpoints, service.Namespace, body)
            {
                Announce = new(new ObjectRef("v1", "Endpoints", service.Namespace, service.Name, null)) { Failed = ("FailedToCreateEndpoint", $"Failed to create endpoint for service {service.Key}: {{error}}") },
            }
            : new PlanAction.Replace(Endpoints, service.Namespace, service.Name, body));
    }

    private static IEnumerable<Offer> Offers(Item<Service> service, IReadOnlyList<Item<Pod>> pods)
    {
        var all = service.Value.Spec?.PublishNotReadyAddresses == true;
        var family = service.Value.Spec?.IpFamilies?.FirstOrDefault() ?? "IPv4";
        var portless = service.Value.Spec?.Ports is not { Count: > 0 };
        // Without ports only a headless Service has anything to say.
        if (portless && !ServicePods.IsHeadless(service)) yield break;
        foreach (var pod in pods)
        {
            if (!ServicePods.Belongs(pod, all) || AddressOf(pod, family) is not { } ip) continue;
            yield return new(pod, ip, all || pod.IsReady(), Address(pod, service, ip), portless ? [null] : [.. Ports(service, pod)]);
        }
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

    /// <summary>When what is written now began to be true: a new one's Service, else the first of the pods whose readiness it tells anew.</summary>
    private static DateTimeOffset? Since(Item<Service> service, EndpointsSeen seen, IEnumerable<Offer> offers)
    {
        if (seen.Existing is not { } existing) return service.Meta.Created;
        var told = (existing.Tree().List("subsets") ?? []).Maps().SelectMany(s => (s.List("addresses") ?? []).Maps())
            .Select(a => a.Map("targetRef")?.Text("uid")).ToHashSet();
        return offers.Where(o => o.Ready != told.Contains(o.Pod.Uid)).Min(o => ServicePods.ReadySince(o.Pod));
    }
}
