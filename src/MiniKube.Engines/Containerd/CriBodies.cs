using System.Globalization;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Containerd;

/// <summary>Specs as the messages that the CRI takes. The numbers are those of its definition, version 1.</summary>
internal static class CriBodies
{
    private const long OwnNamespace = 1;
    private const long NodeNamespace = 2;
    private const long TargetNamespace = 3;

    public static Proto Sandbox(SandboxSpec spec, string node, string logRoot) => new()
    {
        { 1, Metadata(spec.Pod, spec.Attempt) },
        { 2, spec.HostNetwork ? null : spec.Hostname },
        { 3, LogDirectory(logRoot, spec.Pod) },
        { 5, spec.HostPorts.Select(Port) },
        { 6, PodLabels.Of(spec, node) },
        { 7, spec.Annotations },
        {
            8, new Proto
            {
                { 1, spec.CgroupParent },
                {
                    2, new Proto
                    {
                        { 1, Namespaces(spec.HostNetwork, spec.HostPid ? NodeNamespace : spec.SharePid ? 0 : OwnNamespace, spec.HostIpc, null, spec.Users) },
                        // Its containers may be; the sandbox itself gains nothing by it.
                        { 6, spec.Privileged },
                        { 9, new Proto { { 1, 0 } } },
                    }
                },
                { 3, spec.Sysctls },
            }
        },
    };

    public static Proto Container(ContainerSpec spec, string node, HostLimits limits)
    {
        var resources = Resources(spec.Resources);
        resources.Add(5, limits.MayLowerOomScore ? spec.Resources.OomScoreAdjust : Math.Max(0, spec.Resources.OomScoreAdjust));
        // Where memory runs out a container ends as a whole, not one of its processes.
        if (limits.UnifiedCgroups) resources.Add(9, new Dictionary<string, string> { ["memory.oom.group"] = "1" });
        return new()
        {
            { 1, new Proto { { 1, spec.Name }, { 2, spec.Attempt } } },
            { 2, new Proto { { 1, spec.Image } } },
            { 3, spec.Entrypoint ?? [] },
            { 4, spec.Arguments ?? [] },
            { 5, spec.WorkingDir },
            { 6, spec.Environment.Select(e => new Proto { { 1, e.Key }, { 2, e.Value } }) },
            { 7, spec.Mounts.Select(m => Mount(m, spec.Users)) },
            { 9, PodLabels.Of(spec, node) },
            { 11, LogFile(spec.Name, spec.Attempt) },
            { 12, spec.Stdin },
            { 13, spec.StdinOnce },
            { 14, spec.Tty },
            { 15, new Proto { { 1, resources }, { 2, Security(spec) } } },
            { 18, CriSignals.Of(spec.StopSignal) },
        };
    }

    /// <summary>The sandbox as a container's creation wants to hear of it again: only what matters to the container.</summary>
    public static Proto SandboxOf(ContainerSpec spec, string logRoot) => new()
    {
        { 1, Metadata(spec.Pod, 0) },
        { 2, spec.HostNetwork ? null : spec.Hostname },
        { 3, LogDirectory(logRoot, spec.Pod) },
        {
            8, new Proto
            {
                { 1, spec.CgroupParent },
                { 2, new Proto { { 1, Namespaces(spec.HostNetwork, spec.HostPid ? NodeNamespace : spec.SharePid ? 0 : OwnNamespace, spec.HostIpc, null, spec.Users) }, { 6, spec.Privileges.Privileged } } },
            }
        },
    };

    public static Proto Resources(ContainerResources resources) => new()
    {
        { 1, resources.CpuPeriod },
        { 2, resources.CpuQuota },
        { 3, resources.CpuShares },
        { 4, resources.MemoryBytes },
        // As much swap as Docker gives: none.
        { 10, resources.MemoryBytes },
    };

    /// <summary>Without the server, which would be compared once more: whoever chose them has looked.</summary>
    public static Proto Credentials(RegistryCredentials credentials) => credentials.IdentityToken is { } token
        ? new() { { 5, token } }
        : new() { { 1, credentials.Username }, { 2, credentials.Password } };

    public static string LogDirectory(string root, PodIdentity pod) => Path.Combine(root, $"{pod.Namespace}_{pod.Name}_{pod.Uid}");

    public static string LogFile(string container, int attempt) => string.Create(CultureInfo.InvariantCulture, $"{container}/{attempt}.log");

    private static Proto Metadata(PodIdentity pod, int attempt) => new() { { 1, pod.Name }, { 2, pod.Uid }, { 3, pod.Namespace }, { 4, attempt } };

    private static Proto Namespaces(bool hostNetwork, long pid, bool hostIpc, string? target, UserIds? users) => new()
    {
        { 1, hostNetwork ? NodeNamespace : 0 }, { 2, pid }, { 3, hostIpc ? NodeNamespace : 0 }, { 4, target },
        { 5, users is null ? new Proto { { 1, NodeNamespace } } : new Proto { { 2, Mapping(users) }, { 3, Mapping(users) } } },
    };

    /// <summary>The container's ids begin with 0.</summary>
    private static Proto Mapping(UserIds users) => new() { { 1, users.First }, { 3, users.Count } };

    private static Proto Port(HostPort port) => new()
    {
        { 1, port.Protocol switch { "UDP" => 1, "SCTP" => 2, _ => 0 } }, { 2, port.ContainerPort }, { 3, port.Port }, { 4, port.HostIP },
    };

    /// <summary>Files belong to the pod's users as they would to the machine's: what is root's on the disk is root's in the pod.</summary>
    private static Proto Mount(MountSpec mount, UserIds? users)
    {
        var mapping = users is null || mount.OfItsUsers ? null : Mapping(users);
        return new()
        {
            { 1, mount.ContainerPath }, { 2, mount.HostPath }, { 3, mount.ReadOnly }, { 5, (long)mount.Propagation }, { 6, mapping }, { 7, mapping }, { 8, mount.RecursiveReadOnly },
        };
    }

    private static Proto Security(ContainerSpec spec)
    {
        var wanted = spec.Privileges;
        var pid = spec.HostPid ? NodeNamespace : spec.PidOfContainer is not null ? TargetNamespace : spec.SharePid ? 0 : OwnNamespace;
        var security = new Proto
        {
            { 2, wanted.Privileged },
            { 3, Namespaces(spec.HostNetwork, pid, spec.HostIpc, spec.PidOfContainer, spec.Users) },
            { 5, wanted.User is { } user ? new Proto { { 1, user } } : wanted.Group is not null ? new() : null },
            { 7, wanted.ReadOnlyRoot },
            { 8, wanted.SupplementalGroups },
            { 11, wanted.NoNewPrivileges },
            { 12, wanted.Group is { } group ? new Proto { { 1, group } } : null },
            { 17, wanted.StrictGroups },
        };
        if (wanted.Privileged) return security;
        security.Add(1, new Proto { { 1, wanted.AddCapabilities }, { 2, wanted.DropCapabilities } });
        security.Add(13, HiddenKernel.Masked(wanted));
        security.Add(14, HiddenKernel.ReadOnly(wanted));
        security.Add(15, Profile(wanted.Seccomp));
        if (wanted.AppArmor is not null) security.Add(16, Profile(wanted.AppArmor));
        return security;
    }

    private static Proto Profile(string? profile) => profile switch
    {
        null => new() { { 1, 0 } },
        "unconfined" => new() { { 1, 1 } },
        _ => new() { { 1, 2 }, { 2, profile } },
    };
}
