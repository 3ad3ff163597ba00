using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Pods;

/// <summary>The names a pod goes by on the network.</summary>
public static class PodNames
{
    private const int LongestHostname = 63;

    public static string Hostname(Pod pod)
    {
        var name = pod.Spec?.HostnameOverride is { Length: > 0 } own ? own : pod.Spec?.Hostname is { Length: > 0 } given ? given : pod.Metadata.Name ?? "";
        return name.Length <= LongestHostname ? name : name[..LongestHostname].TrimEnd('-', '.');
    }

    /// <summary>"hostname.subdomain" names hang below this; null without a subdomain.</summary>
    public static string? Domain(Pod pod, string clusterDomain) =>
        pod.Spec?.Subdomain is { Length: > 0 } sub ? $"{sub}.{pod.Metadata.Namespace}.svc.{clusterDomain}" : null;
}

/// <summary>Where a pod hangs in the cgroup tree: guaranteed pods at the top, the others below their class.</summary>
public static class PodCgroup
{
    public static string Path(string root, string qos, string uid) =>
        qos == "Guaranteed" ? $"/{root}/pod{uid}" : $"/{root}/{qos.ToLowerInvariant()}/pod{uid}";
}
