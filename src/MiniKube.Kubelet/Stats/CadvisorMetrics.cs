namespace MiniKube.Kubelet.Stats;

/// <summary>/metrics/cadvisor: every cgroup of ours, under the names that dashboards ask for.</summary>
public static class CadvisorMetrics
{
    private const double Nano = 1e-9;
    private const double Micro = 1e-6;

    public static string Of(NodeSample sample, NodeVersion version)
    {
        var text = new MetricText();
        var groups = Groups(sample).ToArray();
        text.Head("cadvisor_version_info", "gauge", "What counts here, and on what.")
            .Line("cadvisor_version_info", 1, ("cadvisorRevision", ""), ("cadvisorVersion", ""), ("dockerVersion", version.Runtime), ("kernelVersion", version.Kernel), ("osVersion", version.Os));

        void Each(string name, string type, string help, Func<CgroupUse, double> value, params ReadOnlySpan<(string, string)> more)
        {
            text.Head(name, type, help);
            Lines(name, value, more);
        }

        void Lines(string name, Func<CgroupUse, double> value, params ReadOnlySpan<(string, string)> more)
        {
            foreach (var g in groups) text.Line(name, value(g.Use), sample.Time, [.. g.Labels, .. more]);
        }

        void Stalled(string name, string help, Func<CgroupUse, Stall?> value)
        {
            if (!groups.Any(g => value(g.Use) is not null)) return;
            text.Head(name, "counter", help);
            foreach (var g in groups)
                if (value(g.Use) is { } stall) text.Line(name, stall.Total * Micro, sample.Time, g.Labels);
        }

        text.Head("container_cpu_usage_seconds_total", "counter", "Processor time used, in seconds.");
        Lines("container_cpu_usage_seconds_total", u => u.CpuNanos * Nano, ("cpu", "total"));
        Each("container_cpu_user_seconds_total", "counter", "Processor time used outside the kernel, in seconds.", u => u.UserNanos * Nano);
        Each("container_cpu_system_seconds_total", "counter", "Processor time used inside the kernel, in seconds.", u => u.SystemNanos * Nano);
        Each("container_cpu_cfs_periods_total", "counter", "Periods in which a processor limit was enforced.", u => u.Periods);
        Each("container_cpu_cfs_throttled_periods_total", "counter", "Periods in which the limit was met.", u => u.ThrottledPeriods);
        Each("container_cpu_cfs_throttled_seconds_total", "counter", "Time spent waiting for the next period, in seconds.", u => u.ThrottledNanos * Nano);
        Each("container_memory_usage_bytes", "gauge", "Memory in use, file cache included.", u => u.MemoryBytes);
        Each("container_memory_working_set_bytes", "gauge", "Memory in use without the inactive file cache.", u => u.WorkingSetBytes);
        Each("container_memory_rss", "gauge", "Anonymous memory.", u => u.RssBytes);
        Each("container_memory_cache", "gauge", "File cache.", u => u.CacheBytes);
        Each("container_memory_mapped_file", "gauge", "Mapped files.", u => u.MappedBytes);
        Each("container_memory_swap", "gauge", "Swap in use.", u => u.SwapBytes);
        Each("container_memory_failcnt", "counter", "How often the memory limit was met.", u => u.MemoryFailures);
        Each("container_memory_max_usage_bytes", "gauge", "The most memory ever in use.", u => u.MostMemoryBytes);
        text.Head("container_memory_failures_total", "counter", "Page faults.");
        foreach (var scope in (ReadOnlySpan<string>)["container", "hierarchy"])
        {
            Lines("container_memory_failures_total", u => u.PageFaults, ("failure_type", "pgfault"), ("scope", scope));
            Lines("container_memory_failures_total", u => u.MajorPageFaults, ("failure_type", "pgmajfault"), ("scope", scope));
        }
        Each("container_oom_events_total", "counter", "Processes killed for want of memory.", u => u.OutOfMemoryKills);
        Each("container_processes", "gauge", "Processes.", u => u.Processes);
        Each("container_threads", "gauge", "Threads.", u => u.Threads);
        foreach (var (what, of) in (ReadOnlySpan<(string, Func<StallUses, StallUse?>)>)[("cpu", s => s.Cpu), ("memory", s => s.Memory), ("io", s => s.Io)])
        {
            Stalled($"container_pressure_{what}_stalled_seconds_total", $"Time in which nobody got on for want of {what}, in seconds.", u => u.Stalls is { } s ? of(s)?.Full : null);
            Stalled($"container_pressure_{what}_waiting_seconds_total", $"Time in which somebody waited for want of {what}, in seconds.", u => u.Stalls is { } s ? of(s)?.Some : null);
        }
        Each("container_spec_cpu_period", "gauge", "Length of the processor limit's period.", u => u.CpuPeriod);
        Each("container_spec_cpu_quota", "gauge", "Processor time allowed in a period.", u => u.CpuQuota);
        Each("container_spec_cpu_shares", "gauge", "Share of the processors under contention.", u => u.CpuShares);
        Each("container_spec_memory_limit_bytes", "gauge", "Memory limit.", u => u.MemoryLimit == long.MaxValue ? 0 : u.MemoryLimit);
        Each("container_spec_memory_swap_limit_bytes", "gauge", "Swap limit.", u => 0);

        text.Head("container_start_time_seconds", "gauge", "When it was started, in seconds of the Unix epoch.");
        foreach (var g in groups) text.Line("container_start_time_seconds", g.Started.ToUnixTimeSeconds(), sample.Time, g.Labels);
        text.Head("container_last_seen", "gauge", "When it was last looked at.");
        foreach (var g in groups) text.Line("container_last_seen", sample.Time.ToUnixTimeSeconds(), sample.Time, g.Labels);

        text.Head("container_fs_usage_bytes", "gauge", "What a container has written into its own layer.");
        foreach (var g in groups.Where(g => g.Layer is not null)) text.Line("container_fs_usage_bytes", g.Layer!.Bytes, sample.Time, [("device", ""), .. g.Labels]);
        text.Head("container_fs_inodes_total", "gauge", "Files a container has made in its own layer.");
        foreach (var g in groups.Where(g => g.Layer is not null)) text.Line("container_fs_inodes_total", g.Layer!.Inodes, sample.Time, [("device", ""), .. g.Labels]);
        text.Head("container_fs_limit_bytes", "gauge", "Size of the file system that the layer is on.");
        foreach (var g in groups.Where(g => g.Layer is not null)) text.Line("container_fs_limit_bytes", sample.Images.Capacity, sample.Time, [("device", ""), .. g.Labels]);

        foreach (var (name, help, value) in Network)
        {
            text.Head(name, "counter", help);
            foreach (var pod in sample.Pods)
                foreach (var use in pod.Network) text.Line(name, value(use), sample.Time, [.. Labels("", pod.CgroupPath, "", pod.SandboxId, pod.Pod), ("interface", use.Name)]);
            foreach (var use in sample.Network) text.Line(name, value(use), sample.Time, [.. Labels("", "/", "", "", null), ("interface", use.Name)]);
        }
        text.Head("container_scrape_error", "gauge", "1 when something could not be read.").Line("container_scrape_error", 0);
        text.Head("machine_cpu_cores", "gauge", "Processors of the machine.").Line("machine_cpu_cores", Environment.ProcessorCount, MachineLabels(version));
        text.Head("machine_memory_bytes", "gauge", "Memory of the machine.").Line("machine_memory_bytes", sample.MemoryTotal, MachineLabels(version));
        return text.ToString();
    }

    private static readonly (string Name, string Help, Func<InterfaceUse, double> Value)[] Network =
    [
        ("container_network_receive_bytes_total", "Bytes received.", u => u.RxBytes),
        ("container_network_receive_errors_total", "Errors while receiving.", u => u.RxErrors),
        ("container_network_receive_packets_total", "Packets received.", u => u.RxPackets),
        ("container_network_receive_packets_dropped_total", "Packets dropped while receiving.", u => u.RxDropped),
        ("container_network_transmit_bytes_total", "Bytes sent.", u => u.TxBytes),
        ("container_network_transmit_errors_total", "Errors while sending.", u => u.TxErrors),
        ("container_network_transmit_packets_total", "Packets sent.", u => u.TxPackets),
        ("container_network_transmit_packets_dropped_total", "Packets dropped while sending.", u => u.TxDropped),
    ];

    private static IEnumerable<(CgroupUse Use, (string, string)[] Labels, DateTimeOffset Started, DiskUse? Layer)> Groups(NodeSample sample)
    {
        yield return (new()
        {
            CpuNanos = sample.CpuNanos, MemoryBytes = sample.MemoryUsed, WorkingSetBytes = sample.WorkingSet, RssBytes = sample.Rss, PageFaults = sample.PageFaults, MajorPageFaults = sample.MajorPageFaults,
            SwapBytes = sample.SwapUsed, MemoryLimit = sample.MemoryTotal, Processes = sample.Processes,
            Stalls = sample.Stalls,
        }, Labels("", "/", "", "", null), sample.Booted, null);
        foreach (var system in sample.System.Where(s => s.Name == "pods")) yield return (system.Use, Labels("", "/kubepods", "", "", null), system.Started, null);
        foreach (var pod in sample.Pods)
        {
            if (pod.Use is { } use) yield return (use, Labels("", pod.CgroupPath, "", "", pod.Pod), pod.Started, null);
            foreach (var c in pod.Containers)
                yield return (c.Use, Labels(c.Container.Name, c.CgroupPath, c.Container.Image, c.Container.Id, pod.Pod), c.Container.StartedAt ?? c.Container.CreatedAt, c.Layer);
        }
    }

    private static (string, string)[] Labels(string container, string path, string image, string name, PodIdentity? pod) =>
        [("container", container), ("id", path), ("image", image), ("name", name), ("namespace", pod?.Namespace ?? ""), ("pod", pod?.Name ?? "")];

    private static (string, string)[] MachineLabels(NodeVersion version) => [("boot_id", version.BootId), ("machine_id", version.MachineId), ("system_uuid", version.SystemUuid)];
}

/// <summary>What the machine calls itself.</summary>
public sealed record NodeVersion(string Runtime, string Kernel, string Os, string BootId, string MachineId, string SystemUuid);
