using System.Globalization;
using MiniKube.Engines.Pause;
using MiniKube.Kubelet;
using MiniKube.Machinery;

namespace MiniKube.Engines.Docker;

/// <summary>Specs as the bodies that Docker's create call takes.</summary>
internal static class DockerBodies
{
    private const string LogSize = "10m";
    private const string LogFiles = "5";

    public static JsonMap Sandbox(SandboxSpec spec, string node, bool hasSix)
    {
        var host = new JsonMap
        {
            { "NetworkMode", spec.HostNetwork ? "host" : "none" }, { "IpcMode", spec.HostIpc ? "host" : "shareable" },
            { "LogConfig", Log() }, { "OomScoreAdj", 0 },
        };
        if (spec.RuntimeHandler.Length > 0) host.Add("Runtime", spec.RuntimeHandler);
        if (spec.HostPid) host.Add("PidMode", "host");
        if (spec.HostNetwork) host.Add("UTSMode", "host");
        if (spec.CgroupParent.Length > 0) host.Add("CgroupParent", spec.CgroupParent);
        var sysctls = new Dictionary<string, string>(spec.Sysctls);
        // Docker turns the newer protocol off where it attaches no network itself, and with it the loopback that programs listen on.
        if (!spec.HostNetwork && hasSix) sysctls.TryAdd("net.ipv6.conf.all.disable_ipv6", "0");
        if (sysctls.Count > 0) host.Add("Sysctls", Texts(sysctls));
        var body = new JsonMap { { "Image", PauseImage.Name }, { "Labels", Texts(PodLabels.Of(spec, node)) }, { "HostConfig", host } };
        if (!spec.HostNetwork && spec.Hostname.Length > 0) body.Add("Hostname", spec.Hostname);
        return body;
    }

    /// <summary>Whether a container gets every capability by name, as the engine can't be asked for all.</summary>
    public static bool HandsOutAll(ContainerPrivileges wanted, HostLimits limits) => !limits.HasAllCapabilities && (wanted.Privileged || wanted.AddCapabilities.Contains("ALL"));

    /// <summary><paramref name="profile"/> says what is in a seccomp profile.</summary>
    public static JsonMap Container(ContainerSpec spec, string node, HostLimits limits, Func<string, string> profile)
    {
        var join = $"container:{spec.SandboxId}";
        var host = new JsonMap
        {
            { "NetworkMode", join }, { "IpcMode", spec.HostIpc ? "host" : join }, { "LogConfig", Log() },
            { "Binds", JsonList.OfTexts(spec.Mounts.Select(Bind)) },
        };
        if (spec.RuntimeHandler.Length > 0) host.Add("Runtime", spec.RuntimeHandler);
        if (spec.HostPid) host.Add("PidMode", "host");
        else if (spec.PidOfContainer is { } target) host.Add("PidMode", $"container:{target}");
        else if (spec.SharePid) host.Add("PidMode", join);
        if (spec.HostNetwork) host.Add("UTSMode", "host");
        if (spec.CgroupParent.Length > 0) host.Add("CgroupParent", spec.CgroupParent);
        Privileges(host, spec.Privileges, limits, profile);
        foreach (var (key, value) in Resources(spec.Resources)) host.Add(key, value);
        host.Add("OomScoreAdj", limits.MayLowerOomScore ? spec.Resources.OomScoreAdjust : Math.Max(0, spec.Resources.OomScoreAdjust));

        var body = new JsonMap
        {
            { "Image", spec.Image }, { "Labels", Texts(PodLabels.Of(spec, node)) },
            { "Env", JsonList.OfTexts(spec.Environment.Select(e => $"{e.Key}={e.Value}")) },
            { "OpenStdin", spec.Stdin }, { "StdinOnce", spec.StdinOnce }, { "Tty", spec.Tty }, { "HostConfig", host },
        };
        // Pods have their own probes; the image's must not run beside them.
        body.Add("Healthcheck", new JsonMap { { "Test", JsonList.OfTexts(["NONE"]) } });
        if (spec.Entrypoint is { Count: > 0 }) body.Add("Entrypoint", JsonList.OfTexts(spec.Entrypoint));
        if (spec.Arguments is { Count: > 0 }) body.Add("Cmd", JsonList.OfTexts(spec.Arguments));
        if (spec.WorkingDir is { Length: > 0 } directory) body.Add("WorkingDir", directory);
        if (spec.StopSignal is { } signal) body.Add("StopSignal", signal);
        if (spec.Privileges.User is { } user)
            body.Add("User", spec.Privileges.Group is { } group ? string.Create(CultureInfo.InvariantCulture, $"{user}:{group}") : user.ToString(CultureInfo.InvariantCulture));
        else if (spec.Privileges.Group is { } only)
            body.Add("User", string.Create(CultureInfo.InvariantCulture, $"0:{only}"));
        return body;
    }

    public static JsonMap Resources(ContainerResources resources)
    {
        var map = new JsonMap();
        if (resources.CpuShares > 0) map.Add("CpuShares", resources.CpuShares);
        if (resources.CpuQuota > 0)
        {
            map.Add("CpuQuota", resources.CpuQuota);
            map.Add("CpuPeriod", resources.CpuPeriod);
        }
        if (resources.MemoryBytes > 0)
        {
            map.Add("Memory", resources.MemoryBytes);
            map.Add("MemorySwap", resources.MemoryBytes);
        }
        if (resources.PidsLimit > 0) map.Add("PidsLimit", resources.PidsLimit);
        return map;
    }

    private static void Privileges(JsonMap host, ContainerPrivileges wanted, HostLimits limits, Func<string, string> profile)
    {
        var security = new List<string>();
        if (wanted.SupplementalGroups.Count > 0)
            host.Add("GroupAdd", JsonList.OfTexts(wanted.SupplementalGroups.Select(g => g.ToString(CultureInfo.InvariantCulture))));
        if (wanted.ReadOnlyRoot) host.Add("ReadonlyRootfs", true);
        if (wanted.NoNewPrivileges) security.Add("no-new-privileges");
        if (wanted.Privileged && limits.HasAllCapabilities)
        {
            host.Add("Privileged", true);
        }
        else if (wanted.Privileged)
        {
            // The engine itself lacks a capability, so it can't hand out all: everything it has is the nearest there is.
            host.Add("CapAdd", JsonList.OfTexts(limits.Capabilities));
            host.Add("DeviceCgroupRules", JsonList.OfTexts(["a *:* rwm"]));
            security.AddRange(["seccomp=unconfined", "apparmor=unconfined"]);
            Unmask(host);
        }
        else
        {
            if (wanted.AddCapabilities.Count > 0)
                host.Add("CapAdd", JsonList.OfTexts(HandsOutAll(wanted, limits) ? limits.Capabilities : wanted.AddCapabilities));
            if (wanted.DropCapabilities.Count > 0) host.Add("CapDrop", JsonList.OfTexts(wanted.DropCapabilities));
            if (wanted.Seccomp is { } seccomp) security.Add($"seccomp={(seccomp == "unconfined" ? seccomp : profile(seccomp))}");
            if (wanted.AppArmor is { } apparmor) security.Add($"apparmor={apparmor}");
            if (wanted.UnmaskedProc) Unmask(host);
        }
        if (security.Count > 0) host.Add("SecurityOpt", JsonList.OfTexts(security));
    }

    /// <summary>The command line has an option for it, the API two empty lists.</summary>
    private static void Unmask(JsonMap host)
    {
        host.Add("MaskedPaths", new JsonList());
        host.Add("ReadonlyPaths", new JsonList());
    }

    private static string Bind(MountSpec mount)
    {
        var options = new List<string>(2);
        if (mount.ReadOnly) options.Add("ro");
        if (mount.Propagation == Propagation.HostToContainer) options.Add("rslave");
        if (mount.Propagation == Propagation.Bidirectional) options.Add("rshared");
        return options.Count == 0 ? $"{mount.HostPath}:{mount.ContainerPath}" : $"{mount.HostPath}:{mount.ContainerPath}:{string.Join(',', options)}";
    }

    private static JsonMap Texts(IReadOnlyDictionary<string, string> texts)
    {
        var map = new JsonMap();
        foreach (var (key, value) in texts) map.Set(key, value);
        return map;
    }

    private static JsonMap Log() => new()
    {
        { "Type", "json-file" }, { "Config", new JsonMap { { "max-size", LogSize }, { "max-file", LogFiles } } },
    };
}
