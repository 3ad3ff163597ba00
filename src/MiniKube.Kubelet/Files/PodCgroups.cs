using System.Globalization;
using MiniKube.Kubelet.Stats;

namespace MiniKube.Kubelet.Files;

/// <summary>Cgroups above containers: what a pod, or a class of pods, may use as a whole. Made before the engine needs them as parents.</summary>
internal static class PodCgroups
{
    private const string Machine = "/sys/fs/cgroup";
    private static readonly string[] Controllers = ["cpu", "memory", "pids"];

    /// <summary>False when this machine doesn't let us; containers have their own limits then.</summary>
    public static bool Apply(string path, ContainerResources limits, string root = Machine)
    {
        try
        {
            if (File.Exists(Path.Combine(root, "cgroup.controllers"))) Unified(root, path, limits);
            else Divided(root, path, limits);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void Divided(string root, string path, ContainerResources limits)
    {
        var below = path.TrimStart('/');
        var cpu = Path.Combine(Directory.Exists(Path.Combine(root, "cpu")) ? Path.Combine(root, "cpu") : Path.Combine(root, "cpu,cpuacct"), below);
        var memory = Path.Combine(root, "memory", below);
        Directory.CreateDirectory(cpu);
        Directory.CreateDirectory(memory);
        Write(cpu, "cpu.shares", limits.CpuShares);
        if (limits.CpuPeriod > 0) Write(cpu, "cpu.cfs_period_us", limits.CpuPeriod);
        Write(cpu, "cpu.cfs_quota_us", limits.CpuQuota > 0 ? limits.CpuQuota : -1);
        Write(memory, "memory.limit_in_bytes", limits.MemoryBytes > 0 ? limits.MemoryBytes : -1);
        if (limits.PidsLimit == 0) return;
        var pids = Path.Combine(root, "pids", below);
        Directory.CreateDirectory(pids);
        Write(pids, "pids.max", limits.PidsLimit);
    }

    private static void Unified(string root, string path, ContainerResources limits)
    {
        var at = root;
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            // A controller is there only if every level above hands it down.
            var offered = File.ReadAllText(Path.Combine(at, "cgroup.controllers")).Split(' ', '\n');
            File.WriteAllText(Path.Combine(at, "cgroup.subtree_control"), string.Join(' ', Controllers.Where(offered.Contains).Select(c => "+" + c)));
            at = Path.Combine(at, part);
            Directory.CreateDirectory(at);
        }
        Write(at, "cpu.weight", CgroupReader.Weight(limits.CpuShares));
        File.WriteAllText(Path.Combine(at, "cpu.max"), limits.CpuQuota > 0 ? string.Create(CultureInfo.InvariantCulture, $"{limits.CpuQuota} {limits.CpuPeriod}") : "max");
        File.WriteAllText(Path.Combine(at, "memory.max"), limits.MemoryBytes > 0 ? limits.MemoryBytes.ToString(CultureInfo.InvariantCulture) : "max");
        if (limits.PidsLimit > 0) Write(at, "pids.max", limits.PidsLimit);
    }

    private static void Write(string directory, string file, long value) => File.WriteAllText(Path.Combine(directory, file), value.ToString(CultureInfo.InvariantCulture));
}
