using MiniKube.Machinery;

namespace MiniKube.Server;

internal enum PodSecurityLevel
{
    Privileged,
    Baseline,
    Restricted,
}

/// <summary>What a pod does that a level does not allow, in upstream's words. Pure.</summary>
internal static class PodSecurityChecks
{
    private static readonly string[] BaselineCapabilities =
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

    private static readonly string[] RestrictedVolumes = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"];

    private static readonly string[] SeLinuxTypes = ["", "container_t", "container_init_t", "container_kvm_t"];

    public static List<string> Violations(JsonMap pod, PodSecurityMode mode)
    {
        var found = new List<string>();
        if (mode.Level == PodSecurityLevel.Privileged) return found;
        var spec = pod.Map("spec") ?? [];
        var containers = new[] { "initContainers", "containers", "ephemeralContainers" }.SelectMany(l => (spec.List(l) ?? []).Maps()).ToList();
        Baseline(spec, containers, mode, found);
        if (mode.Level == PodSecurityLevel.Restricted) Restricted(spec, containers, mode.Minor, found);
        return found;
    }

    private static void Baseline(JsonMap spec, List<JsonMap> containers, PodSecurityMode mode, List<string> found)
    {
        var (restricted, minor) = (mode.Level == PodSecurityLevel.Restricted, mode.Minor);
        var shared = new[] { "hostNetwork", "hostPID", "hostIPC" }.Where(h => spec.Bool(h) == true).Select(h => $"{h}=true").ToList();
        if (shared.Count > 0) found.Add($"host namespaces ({string.Join(", ", shared)})");
        Named(found, "privileged", containers.Where(c => Context(c).Bool("privileged") == true), "must not set securityContext.privileged=true");
        // The restricted level looks at capabilities and seccomp in its own way, since it does so at all.
        if (!restricted || minor < 22)
        {
            var adding = containers.Where(c => Added(c).Except(BaselineCapabilities).Any()).ToList();
            if (adding.Count > 0)
                found.Add($"non-default capabilities ({Containers(adding)} must not include {Quoted(adding.SelectMany(Added).Except(BaselineCapabilities).Distinct().Order(StringComparer.Ordinal))} in securityContext.capabilities.add)");
        }
        var hostPaths = Volumes(spec).Where(v => v.Has("hostPath")).Select(v => v.Text("name") ?? "").ToList();
        if (hostPaths.Count > 0 && !restricted) found.Add($"hostPath volumes ({Plural(hostPaths.Count, "volume")} {Quoted(hostPaths)})");
        var ports = containers.Where(c => (c.List("ports") ?? []).Maps().Any(p => p.Whole("hostPort") is > 0)).ToList();
        if (ports.Count > 0)
        {
            var numbers = ports.SelectMany(c => c.List("ports")!.Maps()).Select(p => p.Whole("hostPort") ?? 0).Where(p => p > 0).Distinct().Order();
            found.Add($"hostPort ({Containers(ports)} uses hostPort{(numbers.Count() == 1 ? "" : "s")} {string.Join(", ", numbers)})");
        }
        Named(found, "procMount", containers.Where(c => Context(c).Text("procMount") is { Length: > 0 } and not "Default"), "must not set securityContext.procMount");
        var unconfined = containers.Where(c => Context(c).Map("seccompProfile")?.Text("type") == "Unconfined").ToList();
        if (!restricted && minor >= 19 && (unconfined.Count > 0 || spec.Map("securityContext")?.Map("seccompProfile")?.Text("type") == "Unconfined"))
            found.Add($"seccompProfile ({(unconfined.Count > 0 ? Containers(unconfined) : "pod")} must not set securityContext.seccompProfile.type to \"Unconfined\")");
        var seLinux = containers.Select(c => Context(c).Map("seLinuxOptions")).Append(spec.Map("securityContext")?.Map("seLinuxOptions")).OfType<JsonMap>();
        if (seLinux.Any(o => !SeLinuxTypes.Contains(o.Text("type") ?? "") && !(minor >= 31 && o.Text("type") == "container_engine_t") || o.Text("user") is { Length: > 0 } || o.Text("role") is { Length: > 0 }))
            found.Add("seLinuxOptions (pod or containers set forbidden securityContext.seLinuxOptions)");
        var sysctls = (spec.Map("securityContext")?.List("sysctls") ?? []).Maps().Select(s => s.Text("name") ?? "").Where(n => !(SafeSysctls.TryGetValue(n, out var since) && minor >= since)).ToList();
        if (sysctls.Count > 0) found.Add($"forbidden sysctls ({string.Join(", ", sysctls)})");
    }

    private static void Restricted(JsonMap spec, List<JsonMap> containers, int minor, List<string> found)
    {
        var pod = spec.Map("securityContext") ?? [];
        // What Windows has no notion of is not asked of its pods.
        var linux = minor < 25 || spec.Map("os")?.Text("name") != "windows";
        if (minor >= 8 && linux) Named(found, "allowPrivilegeEscalation != false", containers.Where(c => Context(c).Bool("allowPrivilegeEscalation") != false), "must set securityContext.allowPrivilegeEscalation=false");
        var dropping = containers.Where(c => !(Context(c).Map("capabilities")?.List("drop") ?? []).Texts().Contains("ALL")).ToList();
        var adding = containers.Where(c => Added(c).Any(a => a != "NET_BIND_SERVICE")).ToList();
        if (minor >= 22 && linux && dropping.Count + adding.Count > 0)
        {
            var parts = new List<string>();
            if (dropping.Count > 0) parts.Add($"{Containers(dropping)} must set securityContext.capabilities.drop=[\"ALL\"]");
            if (adding.Count > 0) parts.Add($"{Containers(adding)} must not include {Quoted(adding.SelectMany(Added).Where(a => a != "NET_BIND_SERVICE").Distinct())} in securityContext.capabilities.add");
            found.Add($"unrestricted capabilities ({string.Join("; ", parts)})");
        }
        var volumes = Volumes(spec).Where(v => v.Keys.Any(k => k != "name" && !RestrictedVolumes.Contains(k))).ToList();
        if (volumes.Count > 0)
        {
            var types = volumes.SelectMany(v => v.Keys).Where(k => k != "name" && !RestrictedVolumes.Contains(k)).Distinct().Order(StringComparer.Ordinal);
            found.Add($"restricted volume types ({Plural(volumes.Count, "volume")} {Quoted(volumes.Select(v => v.Text("name") ?? ""))} {(volumes.Count == 1 ? "uses" : "use")} restricted volume type{(types.Count() == 1 ? "" : "s")} {Quoted(types)})");
        }
        if (pod.Bool("runAsNonRoot") != true || containers.Any(c => Context(c).Bool("runAsNonRoot") == false))
        {
            var lacking = containers.Where(c => Context(c).Bool("runAsNonRoot") != true).ToList();
            if (lacking.Count > 0) found.Add($"runAsNonRoot != true (pod or {Containers(lacking)} must set securityContext.runAsNonRoot=true)");
        }
        if (minor >= 23 && (pod.Whole("runAsUser") == 0 || containers.Any(c => Context(c).Whole("runAsUser") == 0)))
        {
            var rooted = containers.Where(c => Context(c).Whole("runAsUser") == 0).ToList();
            found.Add($"runAsUser=0 ({(rooted.Count > 0 ? Containers(rooted) : "pod")} must not set runAsUser=0)");
        }
        if (minor >= 19 && linux && pod.Map("seccompProfile")?.Text("type") is not ("RuntimeDefault" or "Localhost"))
        {
            var lacking = containers.Where(c => Context(c).Map("seccompProfile")?.Text("type") is not ("RuntimeDefault" or "Localhost")).ToList();
            if (lacking.Count > 0) found.Add($"seccompProfile (pod or {Containers(lacking)} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")");
        }
    }

    private static JsonMap Context(JsonMap container) => container.Map("securityContext") ?? [];

    private static IEnumerable<string> Added(JsonMap container) => (Context(container).Map("capabilities")?.List("add") ?? []).Texts();

    private static IEnumerable<JsonMap> Volumes(JsonMap spec) => (spec.List("volumes") ?? []).Maps();

    private static void Named(List<string> found, string what, IEnumerable<JsonMap> containers, string must)
    {
        var list = containers.ToList();
        if (list.Count > 0) found.Add($"{what} ({Containers(list)} {must})");
    }

    private static string Containers(List<JsonMap> containers) => $"{Plural(containers.Count, "container")} {Quoted(containers.Select(c => c.Text("name") ?? ""))}";

    private static string Plural(int count, string noun) => count == 1 ? noun : noun + "s";

    private static string Quoted(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"\"{n}\""));
}
