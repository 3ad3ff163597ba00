using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Containers;

/// <summary>The security contexts of pod and container as one.</summary>
public static class Privileges
{
    public static ContainerPrivileges Of(PodSpec spec, Container container, string profiles)
    {
        var pod = spec.SecurityContext ?? new();
        var own = container.SecurityContext ?? new();
        var groups = (pod.SupplementalGroups ?? []).ToList();
        if (pod.FsGroup is { } fsGroup && !groups.Contains(fsGroup)) groups.Add(fsGroup);
        return new()
        {
            User = own.RunAsUser ?? pod.RunAsUser, Group = own.RunAsGroup ?? pod.RunAsGroup, SupplementalGroups = groups,
            StrictGroups = pod.SupplementalGroupsPolicy == "Strict",
            Privileged = own.Privileged == true, ReadOnlyRoot = own.ReadOnlyRootFilesystem == true,
            NoNewPrivileges = own.AllowPrivilegeEscalation == false && own.Privileged != true,
            AddCapabilities = [.. (own.Capabilities?.Add ?? []).Select(Plain)], DropCapabilities = [.. (own.Capabilities?.Drop ?? []).Select(Plain)],
            Seccomp = Seccomp(own.SeccompProfile ?? pod.SeccompProfile, profiles), AppArmor = AppArmor(own.AppArmorProfile ?? pod.AppArmorProfile),
            UnmaskedProc = own.ProcMount == "Unmasked",
        };
    }

    /// <summary>Why the container must not run as the image's user, if runAsNonRoot says so.</summary>
    public static string? RootRefusal(PodSpec spec, Container container, string imageUser, string pod, string ns, string uid)
    {
        var nonRoot = container.SecurityContext?.RunAsNonRoot ?? spec.SecurityContext?.RunAsNonRoot;
        if (nonRoot != true) return null;
        var where = $"(pod: \"{pod}_{ns}({uid})\", container: {container.Name})";
        if ((container.SecurityContext?.RunAsUser ?? spec.SecurityContext?.RunAsUser) is { } user)
            return user == 0 ? $"container's runAsUser breaks non-root policy {where}" : null;
        var name = imageUser.Split(':')[0];
        if (name.Length == 0 || name == "0") return $"container has runAsNonRoot and image will run as root {where}";
        return long.TryParse(name, out _) ? null : $"container has runAsNonRoot and image has non-numeric user ({name}), cannot verify user is non-root {where}";
    }

    private static string Plain(string capability) => capability.StartsWith("CAP_", StringComparison.OrdinalIgnoreCase) ? capability[4..] : capability;

    // Without a profile upstream runs unconfined; the engine's default stays away.
    private static string? Seccomp(SeccompProfile? profile, string profiles) => profile?.Type switch
    {
        "RuntimeDefault" => null,
        "Localhost" => Path.Combine(profiles, profile.LocalhostProfile ?? ""),
        _ => "unconfined",
    };

    private static string? AppArmor(AppArmorProfile? profile) => profile?.Type switch
    {
        "Unconfined" => "unconfined",
        "Localhost" => profile.LocalhostProfile,
        _ => null,
    };
}
