using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>A running pod's amounts while it asks for others: what it asks for, what its node has agreed to, what it has.</summary>
public static class PodAllocation
{
    private const string Pending = "PodResizePending";

    /// <summary>What counts as taken: the most of the three, but for what its node can never give.</summary>
    public static PodSpec Held(Pod pod)
    {
        var spec = pod.Spec ?? new();
        if (pod.Status is not { } status || status.ContainerStatuses is null && status.InitContainerStatuses is null && status.AllocatedResources is null) return spec;
        var never = status.Conditions?.Any(c => c is { Type: Pending, Status: "True", Reason: "Infeasible" }) == true;
        return With(spec,
            c => StatusOf(status, c) is { } told ? Most(never && told.AllocatedResources is not null ? null : c.Resources, told.AllocatedResources, told.Resources?.Requests, c.Resources) : c.Resources,
            Most(never && status.AllocatedResources is not null ? null : spec.Resources, status.AllocatedResources, status.Resources?.Requests, spec.Resources));
    }

    /// <summary>The pod with the amounts its node has agreed to, as far as its status tells them.</summary>
    public static Pod Agreed(Pod pod) => pod is not { Spec: { } spec, Status: { } status } ? pod : pod with
    {
        Spec = With(spec,
            c => StatusOf(status, c) is { AllocatedResources: { } given } told ? Of(given, told.Resources?.Limits, c.Resources) : c.Resources,
            status.AllocatedResources is { } whole ? Of(whole, status.Resources?.Limits, spec.Resources) : spec.Resources),
    };

    /// <summary>A pod with another's amounts.</summary>
    public static Pod With(Pod pod, Pod amounts) => pod with
    {
        Spec = With(pod.Spec ?? new(), c => All(amounts.Spec).FirstOrDefault(o => o.Name == c.Name) is { } other ? other.Resources : c.Resources, amounts.Spec?.Resources),
    };

    public static bool SameAmounts(Pod a, Pod b) => ReferenceEquals(a, b) || Same(a.Spec?.Resources, b.Spec?.Resources) &&
        All(a.Spec).All(c => All(b.Spec).FirstOrDefault(o => o.Name == c.Name) is not { } other || Same(c.Resources, other.Resources));

    private static IEnumerable<Container> All(PodSpec? spec) => (spec?.Containers ?? []).Concat(spec?.InitContainers ?? []);

    private static ContainerStatus? StatusOf(PodStatus status, Container container) =>
        (status.ContainerStatuses ?? []).Concat(status.InitContainerStatuses ?? []).FirstOrDefault(s => s.Name == container.Name);

    private static PodSpec With(PodSpec spec, Func<Container, ResourceRequirements?> amounts, ResourceRequirements? whole)
    {
        IReadOnlyList<Container>? Each(IReadOnlyList<Container>? containers) => containers is null ? null : [.. containers.Select(c => amounts(c) is var a && ReferenceEquals(a, c.Resources) ? c : c with { Resources = a })];
        return spec with { Containers = Each(spec.Containers), InitContainers = Each(spec.InitContainers), Resources = whole };
    }

    private static ResourceRequirements Of(IReadOnlyDictionary<string, Quantity> requests, IReadOnlyDictionary<string, Quantity>? limits, ResourceRequirements? declared) =>
        (declared ?? new()) with { Requests = requests, Limits = limits };

    private static ResourceRequirements? Most(ResourceRequirements? asked, IReadOnlyDictionary<string, Quantity>? agreed, IReadOnlyDictionary<string, Quantity>? had, ResourceRequirements? declared)
    {
        if (agreed is null && had is null) return declared;
        var most = new Dictionary<string, Quantity>(asked?.Requests ?? new Dictionary<string, Quantity>());
        foreach (var amounts in (IReadOnlyDictionary<string, Quantity>?[])[agreed, had])
            foreach (var (resource, amount) in amounts ?? new Dictionary<string, Quantity>())
                most[resource] = most.TryGetValue(resource, out var known) ? Quantity.Max(known, amount) : amount;
        return most.Count == 0 ? declared : (declared ?? new()) with { Requests = most };
    }

    private static bool Same(ResourceRequirements? a, ResourceRequirements? b) => Same(a?.Requests, b?.Requests) && Same(a?.Limits, b?.Limits);

    private static bool Same(IReadOnlyDictionary<string, Quantity>? a, IReadOnlyDictionary<string, Quantity>? b) =>
        (a?.Count ?? 0) == (b?.Count ?? 0) && (a is null || a.All(p => b!.TryGetValue(p.Key, out var other) && other == p.Value));
}
