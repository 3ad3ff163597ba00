using MiniKube.Machinery;
using static MiniKube.Server.PodSecurityWords;

namespace MiniKube.Server;

/// <summary>What the restricted level does not allow beyond the baseline: whatever a program seldom needs.</summary>
internal static class PodSecurityRestricted
{
    // What Windows has no notion of is not asked of its pods from here on.
    private const int WindowsSince = 25;
    private const int OwnUsersSince = 35;

    private static readonly HashSet<string> AllowedVolumes = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"];

    public static string? PrivilegeEscalation(CheckedPod pod, int minor)
    {
        var containers = pod.Containers.Where(c => CheckedPod.ContextOf(c).Bool("allowPrivilegeEscalation") != false).ToList();
        return containers.Count == 0 || Spared(pod, minor) ? null : $"allowPrivilegeEscalation != false ({Containers(containers)} must set securityContext.allowPrivilegeEscalation=false)";
    }

    public static string? Capabilities(CheckedPod pod, int minor)
    {
        if (Spared(pod, minor)) return null;
        var keeping = pod.Containers.Where(c => !(CheckedPod.ContextOf(c).Map("capabilities")?.List("drop") ?? []).Texts().Contains("ALL")).ToList();
        var adding = pod.Containers.Where(c => PodSecurityBaseline.Added(c).Any(Forbidden)).ToList();
        var parts = new List<string>();
        if (keeping.Count > 0) parts.Add($"{Containers(keeping)} must set securityContext.capabilities.drop=[\"ALL\"]");
        if (adding.Count > 0) parts.Add($"{Containers(adding)} must not include {Quoted(Set(adding.SelectMany(PodSecurityBaseline.Added).Where(Forbidden)))} in securityContext.capabilities.add");
        return parts.Count == 0 ? null : $"unrestricted capabilities ({string.Join("; ", parts)})";

        static bool Forbidden(string capability) => capability != "NET_BIND_SERVICE";
    }

    public static string? ProcMount(CheckedPod pod, int minor) => PodSecurityBaseline.AnyProcMount(pod);

    public static string? Volumes(CheckedPod pod, int minor)
    {
        static IEnumerable<string> Types(JsonMap volume) => volume.Keys.Where(k => k != "name" && !AllowedVolumes.Contains(k));
        var volumes = pod.Volumes.Where(v => Types(v).Any()).ToList();
        var types = Set(volumes.SelectMany(Types));
        return volumes.Count == 0 ? null
            : $"restricted volume types ({One(volumes.Count, "volume", "volumes")} {Names(volumes)} {One(volumes.Count, "uses", "use")} {One(types.Count, "restricted volume type", "restricted volume types")} {Quoted(types)})";
    }

    public static string? NonRoot(CheckedPod pod, int minor)
    {
        if (minor >= OwnUsersSince && pod.OwnUsers) return null;
        var said = pod.Context.Bool("runAsNonRoot");
        var refusing = pod.Containers.Where(c => CheckedPod.ContextOf(c).Bool("runAsNonRoot") == false).ToList();
        if (Setters(said == false, refusing) is { } setters) return $"runAsNonRoot != true ({setters} must not set securityContext.runAsNonRoot=false)";
        var silent = pod.Containers.Where(c => CheckedPod.ContextOf(c).Bool("runAsNonRoot") is null).ToList();
        return said == true || silent.Count == 0 ? null : $"runAsNonRoot != true (pod or {Containers(silent)} must set securityContext.runAsNonRoot=true)";
    }

    public static string? User(CheckedPod pod, int minor)
    {
        if (minor >= OwnUsersSince && pod.OwnUsers) return null;
        var containers = pod.Containers.Where(c => CheckedPod.ContextOf(c).Whole("runAsUser") == 0).ToList();
        return Setters(pod.Context.Whole("runAsUser") == 0, containers) is { } setters ? $"runAsUser=0 ({setters} must not set runAsUser=0)" : null;
    }

    public static string? Seccomp(CheckedPod pod, int minor)
    {
        if (Spared(pod, minor)) return null;
        if (PodSecurityBaseline.BadSeccomp(pod) is { } fault) return fault;
        var silent = pod.Containers.Where(c => !CheckedPod.ContextOf(c).Has("seccompProfile")).ToList();
        return pod.Context.Has("seccompProfile") || silent.Count == 0 ? null : $"seccompProfile (pod or {Containers(silent)} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")";
    }

    private static bool Spared(CheckedPod pod, int minor) => minor >= WindowsSince && pod.Windows;
}
