using System.Globalization;
using MiniKube.Machinery;
using static MiniKube.Server.PodSecurityWords;

namespace MiniKube.Server;

/// <summary>What the baseline level does not allow: the known ways out of a container.</summary>
internal static class PodSecurityBaseline
{
    private const string AppArmorAnnotation = "container.apparmor.security.beta.kubernetes.io/";
    private const string SeccompAnnotation = "seccomp.security.alpha.kubernetes.io/pod";

    private static readonly HashSet<string> DefaultCapabilities =
    [
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    ];

    // Since which minor version each counts as safe.
    private static readonly Dictionary<string, int> SafeSysctls = new(StringComparer.Ordinal)
    {
        ["kernel.shm_rmid_forced"] = 0, ["net.ipv4.ip_local_port_range"] = 0, ["net.ipv4.tcp_syncookies"] = 0, ["net.ipv4.ping_group_range"] = 0, ["net.ipv4.ip_unprivileged_port_start"] = 0,
        ["net.ipv4.ip_local_reserved_ports"] = 27, ["net.ipv4.tcp_keepalive_time"] = 29, ["net.ipv4.tcp_fin_timeout"] = 29, ["net.ipv4.tcp_keepalive_intvl"] = 29, ["net.ipv4.tcp_keepalive_probes"] = 29,
        ["net.ipv4.tcp_rmem"] = 32, ["net.ipv4.tcp_wmem"] = 32,
    };

    private static readonly Dictionary<string, int> SafeSeLinuxTypes = new(StringComparer.Ordinal)
    {
        [""] = 0, ["container_t"] = 0, ["container_init_t"] = 0, ["container_kvm_t"] = 0, ["container_engine_t"] = 31,
    };

    public static string? AppArmor(CheckedPod pod, int minor)
    {
        static bool Bad(JsonMap context) => context.Map("appArmorProfile") is { } profile && profile.Text("type") is not ("RuntimeDefault" or "Localhost");
        var containers = pod.Containers.Where(c => Bad(CheckedPod.ContextOf(c))).ToList();
        var annotations = pod.Annotations.Where(a => a.Key.StartsWith(AppArmorAnnotation, StringComparison.Ordinal) && Value(a.Value) is not ("" or "runtime/default") && !Value(a.Value).StartsWith("localhost/", StringComparison.Ordinal))
            .Select(a => $"{a.Key}=\"{Value(a.Value)}\"").Order(StringComparer.Ordinal).ToList();
        var contexts = containers.Select(CheckedPod.ContextOf).Concat(Bad(pod.Context) ? [pod.Context] : []);
        List<string> values = [.. Set(contexts.Select(c => c.Map("appArmorProfile")!.Text("type") ?? "")), .. annotations];
        if (values.Count == 0) return null;
        var setters = new[] { Setters(Bad(pod.Context), containers), annotations.Count > 0 ? One(annotations.Count, "annotation", "annotations") : null };
        return $"{One(values.Count, "forbidden AppArmor profile", "forbidden AppArmor profiles")} ({string.Join(" and ", setters.OfType<string>())} must not set AppArmor profile type to {Quoted(values)})";
    }

    public static string? Capabilities(CheckedPod pod, int minor)
    {
        var adding = pod.Containers.Where(c => Added(c).Any(a => !DefaultCapabilities.Contains(a))).ToList();
        return adding.Count == 0 ? null
            : $"non-default capabilities ({Containers(adding)} must not include {Quoted(Set(adding.SelectMany(Added).Where(a => !DefaultCapabilities.Contains(a))))} in securityContext.capabilities.add)";
    }

    public static IEnumerable<string> Added(JsonMap container) => (CheckedPod.ContextOf(container).Map("capabilities")?.List("add") ?? []).Texts();

    public static string? HostNamespaces(CheckedPod pod, int minor)
    {
        var shared = new[] { "hostNetwork", "hostPID", "hostIPC" }.Where(h => pod.Spec.Bool(h) == true).Select(h => $"{h}=true").ToList();
        return shared.Count == 0 ? null : $"host namespaces ({string.Join(", ", shared)})";
    }

    public static string? HostPaths(CheckedPod pod, int minor)
    {
        var volumes = pod.Volumes.Where(v => v.Has("hostPath")).ToList();
        return volumes.Count == 0 ? null : $"hostPath volumes ({One(volumes.Count, "volume", "volumes")} {Names(volumes)})";
    }

    public static string? HostPorts(CheckedPod pod, int minor)
    {
        static IEnumerable<long> Ports(JsonMap container) => (container.List("ports") ?? []).Maps().Select(p => p.Whole("hostPort") ?? 0).Where(p => p != 0);
        var containers = pod.Containers.Where(c => Ports(c).Any()).ToList();
        var ports = Set(containers.SelectMany(Ports).Select(p => p.ToString(CultureInfo.InvariantCulture)));
        return ports.Count == 0 ? null : $"hostPort ({Containers(containers)} {One(containers.Count, "uses", "use")} {One(ports.Count, "hostPort", "hostPorts")} {string.Join(", ", ports)})";
    }

    public static string? HostProbes(CheckedPod pod, int minor)
    {
        static IEnumerable<string> Hosts(JsonMap container)
        {
            JsonMap?[] handlers = [container.Map("livenessProbe"), container.Map("readinessProbe"), container.Map("startupProbe"), container.Map("lifecycle")?.Map("postStart"), container.Map("lifecycle")?.Map("preStop")];
            return handlers.SelectMany(h => new[] { h?.Map("httpGet")?.Text("host"), h?.Map("tcpSocket")?.Text("host") }).OfType<string>().Where(h => h.Length > 0);
        }
        var containers = pod.Containers.Where(c => Hosts(c).Any()).ToList();
        var (names, hosts) = (Set(containers.Select(c => c.Text("name") ?? "")), Set(containers.SelectMany(Hosts)));
        return hosts.Count == 0 ? null
            : $"probe or lifecycle host ({One(names.Count, "container", "containers")} {Quoted(names)} {One(names.Count, "uses", "use")} {One(hosts.Count, "probe or lifecycle host", "probe or lifecycle hosts")} {Quoted(hosts)})";
    }

    public static string? Privileged(CheckedPod pod, int minor)
    {
        var containers = pod.Containers.Where(c => CheckedPod.ContextOf(c).Bool("privileged") == true).ToList();
        return containers.Count == 0 ? null : $"privileged ({Containers(containers)} must not set securityContext.privileged=true)";
    }

    public static string? ProcMount(CheckedPod pod, int minor) => minor >= 35 && pod.OwnUsers ? null : AnyProcMount(pod);

    public static string? AnyProcMount(CheckedPod pod)
    {
        static string? Bad(JsonMap container) => CheckedPod.ContextOf(container).Text("procMount") is { Length: > 0 } and not "Default" and var type ? type : null;
        var containers = pod.Containers.Where(c => Bad(c) is not null).ToList();
        return containers.Count == 0 ? null : $"procMount ({Containers(containers)} must not set securityContext.procMount to {Quoted(Set(containers.Select(Bad).OfType<string>()))})";
    }

    public static string? SeLinux(CheckedPod pod, int minor)
    {
        bool BadType(JsonMap context) => context.Map("seLinuxOptions") is { } options && !(SafeSeLinuxTypes.TryGetValue(options.Text("type") ?? "", out var since) && minor >= since);
        static bool Sets(JsonMap context, string member) => context.Map("seLinuxOptions")?.Text(member) is { Length: > 0 };
        bool Bad(JsonMap context) => BadType(context) || Sets(context, "user") || Sets(context, "role");
        var containers = pod.Containers.Where(c => Bad(CheckedPod.ContextOf(c))).ToList();
        if (Setters(Bad(pod.Context), containers) is not { } setters) return null;
        var contexts = containers.Select(CheckedPod.ContextOf).Append(pod.Context).ToList();
        var types = Set(contexts.Where(BadType).Select(c => c.Map("seLinuxOptions")!.Text("type") ?? ""));
        List<string> said = types.Count > 0 ? [$"{One(types.Count, "type", "types")} {Quoted(types)}"] : [];
        foreach (var member in new[] { "user", "role" })
            if (contexts.Any(c => Sets(c, member))) said.Add($"{member} may not be set");
        return $"seLinuxOptions ({setters} set forbidden securityContext.seLinuxOptions: {string.Join("; ", said)})";
    }

    public static string? Seccomp(CheckedPod pod, int minor)
    {
        if (minor >= 19) return BadSeccomp(pod);
        var keys = pod.Containers.Select(c => "container.seccomp.security.alpha.kubernetes.io/" + c.Text("name")).Prepend(SeccompAnnotation);
        var forbidden = Set(keys.Where(k => pod.Annotations.Has(k) && Value(pod.Annotations[k]!) is var v && v is not ("runtime/default" or "docker/default") && !v.StartsWith("localhost/", StringComparison.Ordinal))
            .Select(k => $"{k}=\"{Value(pod.Annotations[k]!)}\""));
        return forbidden.Count == 0 ? null : $"seccompProfile (forbidden {One(forbidden.Count, "annotation", "annotations")} {string.Join(", ", forbidden)})";
    }

    /// <summary>Profiles that are named and are none of the good ones.</summary>
    public static string? BadSeccomp(CheckedPod pod)
    {
        static bool Bad(JsonMap context) => context.Map("seccompProfile") is { } profile && profile.Text("type") is not ("RuntimeDefault" or "Localhost");
        var containers = pod.Containers.Where(c => Bad(CheckedPod.ContextOf(c))).ToList();
        if (Setters(Bad(pod.Context), containers) is not { } setters) return null;
        var contexts = containers.Select(CheckedPod.ContextOf).Concat(Bad(pod.Context) ? [pod.Context] : []);
        return $"seccompProfile ({setters} must not set securityContext.seccompProfile.type to {Quoted(Set(contexts.Select(c => c.Map("seccompProfile")!.Text("type") ?? "")))})";
    }

    public static string? Sysctls(CheckedPod pod, int minor)
    {
        var forbidden = (pod.Context.List("sysctls") ?? []).Maps().Select(s => s.Text("name") ?? "").Where(n => !(SafeSysctls.TryGetValue(n, out var since) && minor >= since)).ToList();
        return forbidden.Count == 0 ? null : $"forbidden sysctls ({string.Join(", ", forbidden)})";
    }

    public static string? WindowsHostProcess(CheckedPod pod, int minor)
    {
        static bool Bad(JsonMap context) => context.Map("windowsOptions")?.Bool("hostProcess") == true;
        return Setters(Bad(pod.Context), [.. pod.Containers.Where(c => Bad(CheckedPod.ContextOf(c)))]) is { } setters ? $"hostProcess ({setters} must not set securityContext.windowsOptions.hostProcess=true)" : null;
    }

    private static string Value(Json annotation) => (annotation as JsonText)?.Value ?? "";
}
