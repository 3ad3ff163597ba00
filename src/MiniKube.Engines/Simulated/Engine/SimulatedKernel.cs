using System.Globalization;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Simulated;

/// <summary>What a simulated container is shown of the kernel: whose users it has, and what is hidden from it.</summary>
internal sealed record SimulatedKernel(UserIds? Users, ContainerPrivileges Privileges, IReadOnlyList<MountSpec> Mounts)
{
    private static readonly UserIds All = new(0, uint.MaxValue);

    /// <summary>Null for what isn't the kernel's.</summary>
    public string? Read(string path) => path switch
    {
        "/proc/self/uid_map" or "/proc/self/gid_map" or "/proc/1/uid_map" or "/proc/1/gid_map" => Map(Users ?? All),
        "/proc/mounts" or "/proc/self/mounts" or "/proc/1/mounts" => string.Concat(Table().Select(line => line + "\n")),
        _ => null,
    };

    private static string Map(UserIds ids) => string.Create(CultureInfo.InvariantCulture, $"{0,10} {ids.First,10} {ids.Count,10}\n");

    private IEnumerable<string> Table()
    {
        yield return $"overlay / overlay {(Privileges.ReadOnlyRoot ? "ro" : "rw")} 0 0";
        yield return "proc /proc proc rw 0 0";
        foreach (var fixedPath in HiddenKernel.ReadOnly(Privileges)) yield return $"proc {fixedPath} proc ro 0 0";
        foreach (var hidden in HiddenKernel.Masked(Privileges)) yield return $"tmpfs {hidden} tmpfs ro 0 0";
        foreach (var mount in Mounts) yield return $"/dev/root {mount.ContainerPath} ext4 {(mount.ReadOnly ? "ro" : "rw")} 0 0";
    }
}
