using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Containers;

/// <summary>Which kernel settings a pod may have for itself: those that concern nobody else, and those that the operator has allowed.</summary>
public static class Sysctls
{
    private static readonly string[] Safe =
    [
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
    ];

    private static readonly string[] OfIpc = ["kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue."];

    /// <summary>Why one of a pod's settings is refused, or null.</summary>
    public static string? Refusal(PodSpec spec, IReadOnlyList<string> allowed)
    {
        foreach (var sysctl in spec.SecurityContext?.Sysctls ?? [])
        {
            var name = Dotted(sysctl.Name ?? "");
            if (!Safe.Contains(name) && !allowed.Any(pattern => Covers(pattern, name))) return $"forbidden sysctl: \"{name}\" not allowlisted";
            // Without a namespace of its own it would be the node's setting.
            if (spec.HostNetwork == true && name.StartsWith("net.", StringComparison.Ordinal)) return $"forbidden sysctl: \"{name}\" not allowed with host net enabled";
            if (spec.HostIPC == true && IsOfIpc(name)) return $"forbidden sysctl: \"{name}\" not allowed with host ipc enabled";
        }
        return null;
    }

    /// <summary>What is wrong with an operator's pattern, or null: only what has a namespace can be a pod's.</summary>
    public static string? FaultOf(string pattern) =>
        Dotted(pattern) is var name && (IsOfIpc(name) || name.StartsWith("net.", StringComparison.Ordinal)) ? null : $"the sysctl \"{pattern}\" is not known to be namespaced";

    /// <summary>Slashes and dots may be exchanged; who begins with slashes has dots in its parts.</summary>
    public static string Dotted(string name)
    {
        var (dot, slash) = (name.IndexOf('.'), name.IndexOf('/'));
        return slash < 0 || dot >= 0 && dot < slash ? name : string.Concat(name.Select(c => c switch { '/' => '.', '.' => '/', _ => c }));
    }

    private static bool IsOfIpc(string name) => OfIpc.Any(p => name.StartsWith(p, StringComparison.Ordinal));

    private static bool Covers(string pattern, string name) =>
        Dotted(pattern) is var dotted && dotted.EndsWith('*') ? name.StartsWith(dotted[..^1], StringComparison.Ordinal) : dotted == name;
}
