using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

/// <summary>What objects use of what quotas count.</summary>
public static class QuotaUsage
{
    /// <summary>A pod's share of one resource name; zero for names that aren't about pods.</summary>
    public static Quantity OfPod(Pod pod, string name)
    {
        if (name is "pods" or "count/pods") return Quantity.Of(1);
        var spec = pod.Spec ?? new();
        if (name.StartsWith("limits.", StringComparison.Ordinal)) return Sum(spec, name[7..], limits: true);
        return Requested(PodAllocation.Held(pod), name.StartsWith("requests.", StringComparison.Ordinal) ? name[9..] : name);
    }

    public static Quantity Requested(PodSpec spec, string resource) => Sum(spec, resource, limits: false);

    /// <summary>Of what is counted nowhere else only requests are: nobody may promise more of it than there is.</summary>
    public static bool CountsPods(string name) => name is "pods" or "count/pods" || IsCompute(name) || IsHuge(name) ||
        name.StartsWith("limits.", StringComparison.Ordinal) && IsCompute(name[7..]) ||
        name.StartsWith("requests.", StringComparison.Ordinal) && name[9..] is var asked && (IsCompute(asked) || IsHuge(asked) || asked.Contains('/'));

    private static bool IsCompute(string name) => name is "cpu" or "memory" or "ephemeral-storage";

    private static bool IsHuge(string name) => name.StartsWith("hugepages-", StringComparison.Ordinal);

    /// <summary>Finished pods, and those that should have been gone by now, take nothing. As objects they still count.</summary>
    public static bool Takes(Pod pod, DateTimeOffset now) => pod.Status?.Phase is not ("Succeeded" or "Failed") &&
        !(pod.Metadata.DeletionTimestamp is { } deleted && pod.Metadata.DeletionGracePeriodSeconds is { } grace && deleted + TimeSpan.FromSeconds(grace) < now);

    public static bool CountsServices(string name) => name is "services" or "services.nodeports" or "services.loadbalancers" or "count/services";

    public static bool InScope(Pod pod, ResourceQuotaSpec spec)
    {
        foreach (var scope in spec.Scopes ?? [])
            if (!Matches(pod, scope, "Exists", [])) return false;
        foreach (var e in spec.ScopeSelector?.MatchExpressions ?? [])
            if (!Matches(pod, e.ScopeName ?? "", e.Operator ?? "Exists", e.Values ?? [])) return false;
        return true;
    }

    /// <summary>Of the scopes only that of attributes speaks of claims; it holds for the class that is wanted, that is there and that is being gone over to.</summary>
    public static bool InScope(PersistentVolumeClaim claim, ResourceQuotaSpec spec)
    {
        if (spec.Scopes is { Count: > 0 } scopes && scopes.Any(s => s != "VolumeAttributesClass")) return false;
        string[] classes =
        [
            .. new[] { claim.Spec?.VolumeAttributesClassName, claim.Status?.CurrentVolumeAttributesClassName, claim.Status?.ModifyVolumeStatus?.TargetVolumeAttributesClassName }
                .Where(c => !string.IsNullOrEmpty(c)).Select(c => c!),
        ];
        if (spec.Scopes is { Count: > 0 } && classes.Length == 0) return false;
        return (spec.ScopeSelector?.MatchExpressions ?? []).All(e => e.ScopeName == "VolumeAttributesClass" && Holds(e.Operator ?? "Exists", e.Values ?? [], classes));
    }

    private static bool Holds(string op, IReadOnlyList<string> values, string[] classes) => op switch
    {
        "In" => classes.Any(values.Contains),
        // One that isn't among them is enough.
        "NotIn" => classes.Length == 0 || classes.Any(c => !values.Contains(c)),
        "DoesNotExist" => classes.Length == 0,
        _ => classes.Length > 0,
    };

    /// <summary>No scope speaks of anything else.</summary>
    public static bool IsUnscoped(ResourceQuotaSpec spec) => spec.Scopes is null or { Count: 0 } && spec.ScopeSelector?.MatchExpressions is null or { Count: 0 };

    public static Quantity OfService(Service service, string name)
    {
        var spec = service.Spec ?? new();
        var ports = spec.Ports?.Count ?? 0;
        return Quantity.Of(name switch
        {
            "services" or "count/services" => 1,
            "services.loadbalancers" => spec.Type == "LoadBalancer" ? 1 : 0,
            "services.nodeports" => spec.Type == "NodePort" ? ports
                : spec.Type != "LoadBalancer" ? 0
                : spec.AllocateLoadBalancerNodePorts == false ? spec.Ports?.Count(p => p.NodePort > 0) ?? 0 : ports,
            _ => 0,
        });
    }

    private const string ByClass = ".storageclass.storage.k8s.io/";

    public static bool CountsClaims(string name) =>
        name is "persistentvolumeclaims" or "count/persistentvolumeclaims" or "requests.storage" || name.Contains(ByClass, StringComparison.Ordinal);

    public static Quantity OfClaim(PersistentVolumeClaim claim, string name)
    {
        var at = name.IndexOf(ByClass, StringComparison.Ordinal);
        if (at >= 0)
        {
            var of = claim.Metadata.Annotations?.GetValueOrDefault("volume.beta.kubernetes.io/storage-class") ?? claim.Spec?.StorageClassName;
            if (of != name[..at]) return Quantity.Zero;
            name = name[(at + ByClass.Length)..];
        }
        if (name != "requests.storage") return Quantity.Of(1);
        if (claim.Spec?.Resources?.Requests?.TryGetValue("storage", out var size) != true) return Quantity.Zero;
        // A volume that is shrunk again still has what it was given.
        if (claim.Status?.AllocatedResources?.TryGetValue("storage", out var given) == true && given > size) size = given;
        return size.IsWhole ? size : Quantity.Of(size.Value);
    }

    private static bool Matches(Pod pod, string scope, string op, IReadOnlyList<string> values)
    {
        var spec = pod.Spec ?? new();
        return scope switch
        {
            "Terminating" => spec.ActiveDeadlineSeconds is >= 0,
            "NotTerminating" => spec.ActiveDeadlineSeconds is null,
            "BestEffort" => pod.Status?.QosClass == "BestEffort",
            "NotBestEffort" => pod.Status?.QosClass != "BestEffort",
            "CrossNamespacePodAffinity" => CrossesNamespaces(spec),
            "PriorityClass" => op switch
            {
                "In" => values.Contains(spec.PriorityClassName ?? ""),
                "NotIn" => !values.Contains(spec.PriorityClassName ?? ""),
                "DoesNotExist" => string.IsNullOrEmpty(spec.PriorityClassName),
                _ => !string.IsNullOrEmpty(spec.PriorityClassName),
            },
            _ => false,
        };
    }

    private static bool CrossesNamespaces(PodSpec spec)
    {
        var affinity = spec.Affinity;
        var terms = (affinity?.PodAffinity?.RequiredDuringSchedulingIgnoredDuringExecution ?? [])
            .Concat(affinity?.PodAntiAffinity?.RequiredDuringSchedulingIgnoredDuringExecution ?? [])
            .Concat((affinity?.PodAffinity?.PreferredDuringSchedulingIgnoredDuringExecution ?? []).Select(t => t.PodAffinityTerm!))
            .Concat((affinity?.PodAntiAffinity?.PreferredDuringSchedulingIgnoredDuringExecution ?? []).Select(t => t.PodAffinityTerm!));
        return terms.Any(t => t.Namespaces is { Count: > 0 } || t.NamespaceSelector is not null);
    }

    /// <summary>Containers and sidecars together, or the most an init container needs beside the sidecars before it.</summary>
    private static Quantity Sum(PodSpec spec, string resource, bool limits)
    {
        Quantity Of(Container c) => (limits ? c.Resources?.Limits : c.Resources?.Requests)?.TryGetValue(resource, out var q) == true ? q : Quantity.Zero;
        var running = (spec.Containers ?? []).Aggregate(Quantity.Zero, (sum, c) => sum + Of(c));
        var sidecars = Quantity.Zero;
        var starting = Quantity.Zero;
        foreach (var container in spec.InitContainers ?? [])
        {
            if (container.RestartPolicy == "Always")
            {
                sidecars += Of(container);
                starting = Quantity.Max(starting, sidecars);
            }
            else starting = Quantity.Max(starting, sidecars + Of(container));
        }
        var total = Quantity.Max(running + sidecars, starting);
        // What is said of the pod as a whole holds instead of the sum.
        if (resource is "cpu" or "memory" && (limits ? spec.Resources?.Limits : spec.Resources?.Requests)?.TryGetValue(resource, out var whole) == true) total = whole;
        return spec.Overhead?.TryGetValue(resource, out var overhead) == true ? total + overhead : total;
    }
}
