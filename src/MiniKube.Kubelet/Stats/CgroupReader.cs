using System.Globalization;

namespace MiniKube.Kubelet.Stats;

/// <summary>Reads cgroups under a root: one tree for all controllers (v2), or a tree for each (v1, hybrid included).</summary>
public sealed class CgroupReader(string root)
{
    private const long NoLimit = long.MaxValue / 2;

    private readonly bool unified = File.Exists(Path.Combine(root, "cgroup.controllers"));

    /// <summary>Null when there is no such cgroup.</summary>
    public CgroupUse? Read(string path) => unified ? Unified(path) : Divided(path);

    public bool Has(string path) => Directory.Exists(Path.Combine(unified ? root : Path.Combine(root, "memory"), path.TrimStart('/')));

    /// <summary>The cgroup that a process is in, from the lines of its /proc/PID/cgroup.</summary>
    public string? PathOf(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            if (line.Split(':', 3) is not [_, var controllers, var path]) continue;
            if (unified ? controllers.Length == 0 : controllers.Split(',').Contains("memory")) return path;
        }
        return null;
    }

    private CgroupUse? Unified(string path)
    {
        var at = Path.Combine(root, path.TrimStart('/'));
        if (!Directory.Exists(at)) return null;
        var (cpu, memory, events) = (Table(at, "cpu.stat"), Table(at, "memory.stat"), Table(at, "memory.events"));
        var used = Number(at, "memory.current");
        var quota = Text(at, "cpu.max").Split(' ');
        return new()
        {
            CpuNanos = cpu("usage_usec") * 1000, UserNanos = cpu("user_usec") * 1000, SystemNanos = cpu("system_usec") * 1000,
            Periods = cpu("nr_periods"), ThrottledPeriods = cpu("nr_throttled"), ThrottledNanos = cpu("throttled_usec") * 1000,
            CpuShares = Shares(Number(at, "cpu.weight")), CpuQuota = quota[0] == "max" ? 0 : Parse(quota[0]), CpuPeriod = quota.Length > 1 ? Parse(quota[1]) : 0,
            MemoryBytes = used, WorkingSetBytes = Math.Max(0, used - memory("inactive_file")), RssBytes = memory("anon"), CacheBytes = memory("file"), MappedBytes = memory("file_mapped"),
            SwapBytes = Number(at, "memory.swap.current"), MostMemoryBytes = Number(at, "memory.peak"), MemoryFailures = events("max"), MemoryLimit = Number(at, "memory.max"),
            PageFaults = memory("pgfault"), MajorPageFaults = memory("pgmajfault"), OutOfMemoryKills = events("oom_kill"),
            Processes = Processes(at), Threads = Number(at, "pids.current"), Stalls = StallUses.Of(what => Text(at, what + ".pressure")),
        };
    }

    private CgroupUse? Divided(string path)
    {
        string Of(string controller) => Path.Combine(root, controller, path.TrimStart('/'));
        var (cpuAt, memoryAt) = (Of("cpu,cpuacct"), Of("memory"));
        if (!Directory.Exists(cpuAt)) cpuAt = Of("cpu");
        var accounts = File.Exists(Path.Combine(cpuAt, "cpuacct.usage")) ? cpuAt : Of("cpuacct");
        if (!Directory.Exists(memoryAt) && !Directory.Exists(accounts)) return null;
        var (throttling, memory, events) = (Table(cpuAt, "cpu.stat"), Table(memoryAt, "memory.stat"), Table(memoryAt, "memory.oom_control"));
        var used = Number(memoryAt, "memory.usage_in_bytes");
        var limit = Number(memoryAt, "memory.limit_in_bytes");
        var swapped = Number(memoryAt, "memory.memsw.usage_in_bytes");
        return new()
        {
            CpuNanos = Number(accounts, "cpuacct.usage"), UserNanos = Number(accounts, "cpuacct.usage_user"), SystemNanos = Number(accounts, "cpuacct.usage_sys"),
            Periods = throttling("nr_periods"), ThrottledPeriods = throttling("nr_throttled"), ThrottledNanos = throttling("throttled_time"),
            CpuShares = Number(cpuAt, "cpu.shares"), CpuQuota = Math.Max(0, Number(cpuAt, "cpu.cfs_quota_us")), CpuPeriod = Number(cpuAt, "cpu.cfs_period_us"),
            MemoryBytes = used, WorkingSetBytes = Math.Max(0, used - memory("total_inactive_file")), RssBytes = memory("total_rss"), CacheBytes = memory("total_cache"),
            MappedBytes = memory("total_mapped_file"), SwapBytes = Math.Max(0, swapped - used), MostMemoryBytes = Number(memoryAt, "memory.max_usage_in_bytes"),
            MemoryFailures = Number(memoryAt, "memory.failcnt"), MemoryLimit = limit > NoLimit ? 0 : limit, PageFaults = memory("total_pgfault"), MajorPageFaults = memory("total_pgmajfault"),
            OutOfMemoryKills = events("oom_kill"), Processes = Processes(Directory.Exists(memoryAt) ? memoryAt : accounts), Threads = Number(Of("pids"), "pids.current"),
        };
    }

    /// <summary>Weights of v2 as the shares they were made of.</summary>
    private static long Shares(long weight) => weight <= 0 ? 0 : 2 + (weight - 1) * 262_142 / 9_999;

    /// <summary>Shares as the weights of v2.</summary>
    public static long Weight(long shares) => 1 + (Math.Clamp(shares, 2, 262_144) - 2) * 9_999 / 262_142;

    private static long Processes(string at)
    {
        try
        {
            var count = 0L;
            foreach (var _ in File.ReadLines(Path.Combine(at, "cgroup.procs"))) count++;
            foreach (var child in Directory.GetDirectories(at)) count += Processes(child);
            return count;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static Func<string, long> Table(string directory, string file)
    {
        var values = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var line in Text(directory, file).Split('\n'))
            if (line.IndexOf(' ') is > 0 and var blank) values[line[..blank]] = Parse(line[(blank + 1)..]);
        return key => values.GetValueOrDefault(key);
    }

    private static long Number(string directory, string file) => Parse(Text(directory, file));

    private static long Parse(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : ulong.TryParse(text, CultureInfo.InvariantCulture, out _) ? long.MaxValue : 0;

    private static string Text(string directory, string file)
    {
        try
        {
            var path = Path.Combine(directory, file);
            return File.Exists(path) ? File.ReadAllText(path).Trim() : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It went away between the look and the reading, or the kernel doesn't count this.
            return "";
        }
    }
}
