using System.Globalization;

namespace MiniKube.Kubelet.Stats;

/// <summary>The machine as a whole, from /proc.</summary>
public sealed record HostCounters(long CpuNanos, long MemoryTotal, long MemoryUsed, long WorkingSet, long Rss, long PageFaults, long MajorPageFaults, long SwapTotal, long SwapFree,
    long MostProcesses, long Processes)
{
    private const long NanosPerTick = 10_000_000;

    public StallUses? Stalls { get; init; }

    public static HostCounters Read(string proc = "/proc")
    {
        var memory = Table(Lines(proc, "meminfo"));
        var vm = Table(Lines(proc, "vmstat"));
        long Kilo(string key) => memory.GetValueOrDefault(key) * 1024;
        var cpu = Lines(proc, "stat").FirstOrDefault(l => l.StartsWith("cpu ", StringComparison.Ordinal))?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        // user, nice, system, irq, softirq, steal: everything but the idle ones.
        long ticks = 0;
        for (var i = 1; i < cpu.Length && i <= 8; i++)
            if (i is not (4 or 5)) ticks += Number(cpu[i]);
        var used = Kilo("MemTotal:") - Kilo("MemFree:");
        var running = Lines(proc, "loadavg").FirstOrDefault()?.Split(' ') is [_, _, _, var tasks, ..] && tasks.Split('/') is [_, var all] ? Number(all) : 0;
        var (pids, threads) = (Number(Lines(proc, "sys/kernel/pid_max").FirstOrDefault() ?? ""), Number(Lines(proc, "sys/kernel/threads-max").FirstOrDefault() ?? ""));
        return new(ticks * NanosPerTick, Kilo("MemTotal:"), used, Math.Max(0, used - Kilo("Inactive(file):")), Kilo("AnonPages:"), vm.GetValueOrDefault("pgfault"), vm.GetValueOrDefault("pgmajfault"),
            Kilo("SwapTotal:"), Kilo("SwapFree:"), threads > 0 && threads < pids ? threads : pids, running)
        { Stalls = StallUses.Of(what => string.Join('\n', Lines(proc, "pressure/" + what))) };
    }

    private static IEnumerable<string> Lines(string proc, string file)
    {
        try
        {
            return File.ReadAllLines(Path.Combine(proc, file));
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static Dictionary<string, long> Table(IEnumerable<string> lines)
    {
        var values = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var line in lines)
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var key, var value, ..]) values[key] = Number(value);
        return values;
    }

    private static long Number(string text) => long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
