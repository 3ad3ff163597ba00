using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Pods;

/// <summary>The names a pod goes by on the network.</summary>
public static class PodNames
{
    private const int LongestHostname = 63;
    private const int LongestOfKernel = 64;

    public static string Hostname(Pod pod)
    {
        var name = pod.Spec?.HostnameOverride is { Length: > 0 } own ? own : pod.Spec?.Hostname is { Length: > 0 } given ? given : pod.Metadata.Name ?? "";
        return name.Length <= LongestHostname ? name : name[..LongestHostname].TrimEnd('-', '.');
    }

    /// <summary>"hostname.subdomain" names hang below this; null without a subdomain, or when the pod goes by a name that says it all.</summary>
    public static string? Domain(Pod pod, string clusterDomain) =>
        pod.Spec is { Subdomain: { Length: > 0 } sub, HostnameOverride: null or "" } ? $"{sub}.{pod.Metadata.Namespace}.svc.{clusterDomain}" : null;

    /// <summary>The name that the kernel is given: the full one where the pod wants that, as far as the kernel has room for it.</summary>
    public static (string Name, string? Fault) OfKernel(Pod pod, string clusterDomain)
    {
        var hostname = Hostname(pod);
        if (pod.Spec?.SetHostnameAsFQDN != true || Domain(pod, clusterDomain) is not { } domain) return (hostname, null);
        var full = $"{hostname}.{domain}";
        return full.Length <= LongestOfKernel ? (full, null)
            : ("", $"failed to construct FQDN from pod hostname and cluster domain, FQDN {full} is too long ({LongestOfKernel} characters is the max, {full.Length} characters requested)");
    }
}

/// <summary>Where a pod hangs in the cgroup tree: guaranteed pods at the top, the others below their class.</summary>
public static class PodCgroup
{
    public static string Path(string root, string qos, string uid) =>
        qos == "Guaranteed" ? $"/{root}/pod{uid}" : $"/{root}/{qos.ToLowerInvariant()}/pod{uid}";
}
