using MiniKube.Kubelet;

namespace MiniKube.Engines;

/// <summary>What containers are not shown of the kernel, or not to write to, unless they are to see all of it.</summary>
internal static class HiddenKernel
{
    private static readonly string[] Hidden =
    [
        "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
    ];

    private static readonly string[] Fixed = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    public static IReadOnlyList<string> Masked(ContainerPrivileges wanted) => wanted.Privileged || wanted.UnmaskedProc ? [] : Hidden;

    public static IReadOnlyList<string> ReadOnly(ContainerPrivileges wanted) => wanted.Privileged || wanted.UnmaskedProc ? [] : Fixed;
}
