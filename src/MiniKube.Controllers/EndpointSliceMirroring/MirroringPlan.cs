using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

public sealed record MirroringSeen(
    Key Key,
    Item<Kinds.Core.Endpoints>? Endpoints,
    Item<Service>? Service,
    IReadOnlyList<Item<Kinds.Discovery.EndpointSlice>> Slices);

/// <summary>Endpoints that somebody keeps by hand, shown as slices for those who read only these.</summary>
public static class MirroringPlan
{
    public const string Controller = "endpointslicemirroring-controller.k8s.io";
    private const int MostPerSubset = 1000;

    public static Plan For(MirroringSeen seen)
    {
        if (seen.Endpoints is not { } endpoints || seen.Service is not { } service || !Mirrored(endpoints, service))
        {
            return Plan.Of(seen.Slices.Where(s => !s.BeingDeleted)
                .Select(s => (PlanAction)new PlanAction.Delete(s.Type.Ref, s.Namespace, s.Name, s.Uid, null)));
        }
        var labels = new JsonMap();
        foreach (var (key, value) in endpoints.Meta.Labels) labels.Set(key, value);
        labels.Set(EndpointSlicePlan.ManagedBy, Controller);
        var annotations = new JsonMap();
        foreach (var (key, value) in endpoints.Meta.Annotations)
            if (key is not ("kubectl.kubernetes.io/last-applied-configuration" or ServicePods.ChangeTime)) annotations.Set(key, value);
        var subsets = (endpoints.Tree().List("subsets") ?? []).Maps().ToArray();
        var sets = new SliceSets(endpoints, endpoints.Name, labels, MostPerSubset) { Annotations = _ => annotations.CloneMap(), AnnotationsMatter = true };
        var actions = sets.Reconcile([.. Sets(subsets)], seen.Slices);
        var skipped = subsets.Sum(s => Math.Max(0, Addresses(s).Count() - MostPerSubset));
        return skipped == 0
            ? Plan.Of(actions)
            : Plan.Of(actions.Append(new PlanAction.Emit(endpoints.Ref, "Warning", "TooManyAddressesToMirror",
                $"A max of {MostPerSubset} addresses can be mirrored to EndpointSlices per Endpoints subset. {skipped} addresses were skipped")));
    }

    private static bool Mirrored(Item<Kinds.Core.Endpoints> endpoints, Item<Service> service) =>
        !endpoints.BeingDeleted && service.Value.Spec is { Type: not "ExternalName", Selector: null or { Count: 0 } } &&
        endpoints.Meta.Label("endpointslice.kubernetes.io/skip-mirror") != "true" &&
        !endpoints.Meta.Annotations.ContainsKey("control-plane.alpha.kubernetes.io/leader");

    private static IEnumerable<SliceSet> Sets(IEnumerable<JsonMap> subsets)
    {
        // Subsets with the same ports come together: one slice for each set of ports.
        var taken = subsets.Select(s => (Ports: new JsonList((s.List("ports") ?? []).Maps().Select(Port)), Addresses: Addresses(s).Take(MostPerSubset)));
        foreach (var same in taken.GroupBy(s => s.Ports.ToString(), StringComparer.Ordinal))
            foreach (var family in same.SelectMany(s => s.Addresses).GroupBy(a => a.Address.Text("ip")?.Contains(':') == true ? "IPv6" : "IPv4"))
                yield return new(family.Key, same.First().Ports, [.. family.Select(a => Endpoint(a.Address, a.Ready)).Take(MostPerSubset)]);
    }

    private static IEnumerable<(JsonMap Address, bool Ready)> Addresses(JsonMap subset) =>
        (subset.List("addresses") ?? []).Maps().Select(a => (a, true)).Concat((subset.List("notReadyAddresses") ?? []).Maps().Select(a => (a, false)));

    private static JsonMap Port(JsonMap port)
    {
        var made = new JsonMap { { "name", port.Text("name") ?? "" }, { "port", port["port"] ?? 0 }, { "protocol", port.Text("protocol") ?? "TCP" } };
        if (port.Text("appProtocol") is { } app) made.Add("appProtocol", app);
        return made;
    }

    private static JsonMap Endpoint(JsonMap address, bool ready)
    {
        var endpoint = new JsonMap
        {
            { "addresses", JsonList.OfTexts([address.Text("ip") ?? ""]) }, { "conditions", new JsonMap { { "ready", ready } } },
        };
        foreach (var member in new[] { "hostname", "nodeName", "targetRef" })
            if (address[member] is { } value) endpoint.Add(member, value.Clone());
        return endpoint;
    }
}
