using MiniKube.Machinery;

namespace MiniKube.Server;

internal enum PodSecurityLevel
{
    Privileged,
    Baseline,
    Restricted,
}

/// <summary>A pod as the checks look at it: init containers, containers and ephemeral ones alike, in that order.</summary>
internal sealed record CheckedPod(JsonMap Annotations, JsonMap Spec, IReadOnlyList<JsonMap> Containers)
{
    public static CheckedPod Of(JsonMap pod)
    {
        var spec = pod.Map("spec") ?? [];
        return new(pod.Map("metadata")?.Map("annotations") ?? [], spec, [.. new[] { "initContainers", "containers", "ephemeralContainers" }.SelectMany(l => (spec.List(l) ?? []).Maps())]);
    }

    public JsonMap Context => Spec.Map("securityContext") ?? [];

    public IEnumerable<JsonMap> Volumes => (Spec.List("volumes") ?? []).Maps();

    /// <summary>In a user namespace of its own, where root is nobody.</summary>
    public bool OwnUsers => Spec.Bool("hostUsers") == false;

    public bool Windows => Spec.Map("os")?.Text("name") == "windows";

    public static JsonMap ContextOf(JsonMap container) => container.Map("securityContext") ?? [];
}

/// <summary>
/// The checks of the pod security standards, as upstream's registry has them at v1.36: in the order of their names, those of the
/// baseline first. The restricted level is all of them but those that one of its own does in a stricter way. Pure.
/// </summary>
internal static class PodSecurityChecks
{
    /// <summary>What a pod does that isn't allowed, as its reason and the details, or null; it counts from one minor version on until another.</summary>
    private sealed record Check(string Name, PodSecurityLevel Level, int Since, Func<CheckedPod, int, string?> Fault)
    {
        public string? Replaces { get; init; }
    }

    private const PodSecurityLevel Baseline = PodSecurityLevel.Baseline;
    private const PodSecurityLevel Restricted = PodSecurityLevel.Restricted;

    private static readonly Check[] All =
    [
        new("appArmorProfile", Baseline, 0, PodSecurityBaseline.AppArmor),
        new("capabilities_baseline", Baseline, 0, PodSecurityBaseline.Capabilities),
        new("hostNamespaces", Baseline, 0, PodSecurityBaseline.HostNamespaces),
        new("hostPathVolumes", Baseline, 0, PodSecurityBaseline.HostPaths),
        new("hostPorts", Baseline, 0, PodSecurityBaseline.HostPorts),
        new("hostProbesAndHostLifecycle", Baseline, 34, PodSecurityBaseline.HostProbes),
        new("privileged", Baseline, 0, PodSecurityBaseline.Privileged),
        new("procMount", Baseline, 0, PodSecurityBaseline.ProcMount),
        new("seLinuxOptions", Baseline, 0, PodSecurityBaseline.SeLinux),
        new("seccompProfile_baseline", Baseline, 0, PodSecurityBaseline.Seccomp),
        new("sysctls", Baseline, 0, PodSecurityBaseline.Sysctls),
        new("windowsHostProcess", Baseline, 0, PodSecurityBaseline.WindowsHostProcess),
        new("allowPrivilegeEscalation", Restricted, 8, PodSecurityRestricted.PrivilegeEscalation),
        new("capabilities_restricted", Restricted, 22, PodSecurityRestricted.Capabilities) { Replaces = "capabilities_baseline" },
        new("procMount_restricted", Restricted, 35, PodSecurityRestricted.ProcMount) { Replaces = "procMount" },
        new("restrictedVolumes", Restricted, 0, PodSecurityRestricted.Volumes) { Replaces = "hostPathVolumes" },
        new("runAsNonRoot", Restricted, 0, PodSecurityRestricted.NonRoot),
        new("runAsUser", Restricted, 23, PodSecurityRestricted.User),
        new("seccompProfile_restricted", Restricted, 19, PodSecurityRestricted.Seccomp) { Replaces = "seccompProfile_baseline" },
    ];

    /// <summary>What a pod does that a level does not allow, in upstream's words.</summary>
    public static List<string> Violations(JsonMap pod, PodSecurityMode mode)
    {
        if (mode.Level == PodSecurityLevel.Privileged) return [];
        var seen = CheckedPod.Of(pod);
        var counting = All.Where(c => c.Level <= mode.Level && c.Since <= mode.Minor).ToList();
        return [.. counting.Where(c => !counting.Exists(o => o.Replaces == c.Name)).Select(c => c.Fault(seen, mode.Minor)).OfType<string>()];
    }
}
