using System.Text;
using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Files;

/// <summary>The /etc/hosts that the node keeps for a pod.</summary>
public static class HostsFile
{
    public static string For(PodSpec spec, string podIP, string hostname, string? domain)
    {
        var text = new StringBuilder("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n");
        text.Append(podIP).Append('\t');
        if (domain is { Length: > 0 }) text.Append(hostname).Append('.').Append(domain).Append('\t');
        text.Append(hostname).Append('\n');
        return text.Append(Aliases(spec)).ToString();
    }

    /// <summary>Pods in the host's network see its file, with their aliases added.</summary>
    public static string ForHostNetwork(PodSpec spec, string hostsOfNode)
    {
        var text = new StringBuilder("# Kubernetes-managed hosts file (host network).\n").Append(hostsOfNode);
        if (hostsOfNode.Length > 0 && !hostsOfNode.EndsWith('\n')) text.Append('\n');
        return text.Append(Aliases(spec)).ToString();
    }

    private static string Aliases(PodSpec spec)
    {
        if (spec.HostAliases is not { Count: > 0 } aliases) return "";
        var text = new StringBuilder("\n# Entries added by HostAliases.\n");
        foreach (var alias in aliases) text.Append(alias.Ip).Append('\t').AppendJoin('\t', alias.Hostnames ?? []).Append('\n');
        return text.ToString();
    }
}
