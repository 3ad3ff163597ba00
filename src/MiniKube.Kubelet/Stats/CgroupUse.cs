namespace MiniKube.Kubelet.Stats;

/// <summary>What the processes of one cgroup have used so far, as the kernel counts. Zero limits mean none.</summary>
public sealed record CgroupUse
{
    public long CpuNanos { get; init; }
    public long UserNanos { get; init; }
    public long SystemNanos { get; init; }
    public long Periods { get; init; }
    public long ThrottledPeriods { get; init; }
    public long ThrottledNanos { get; init; }
    public long CpuShares { get; init; }
    public long CpuQuota { get; init; }
    public long CpuPeriod { get; init; }
    public long MemoryBytes { get; init; }

    /// <summary>Memory that can't be taken back without ado: all but the inactive part of the file cache.</summary>
    public long WorkingSetBytes { get; init; }

    public long RssBytes { get; init; }
    public long CacheBytes { get; init; }
    public long MappedBytes { get; init; }
    public long SwapBytes { get; init; }
    public long MostMemoryBytes { get; init; }
    public long MemoryFailures { get; init; }
    public long MemoryLimit { get; init; }
    public long PageFaults { get; init; }
    public long MajorPageFaults { get; init; }
    public long OutOfMemoryKills { get; init; }
    public long Processes { get; init; }
    public long Threads { get; init; }

    /// <summary>Null where the kernel doesn't say.</summary>
    public StallUses? Stalls { get; init; }
}

/// <summary>The traffic of one network interface since it was made.</summary>
public sealed record InterfaceUse(string Name, long RxBytes, long RxPackets, long RxErrors, long RxDropped, long TxBytes, long TxPackets, long TxErrors, long TxDropped)
{
    /// <summary>From the lines of a /proc/PID/net/dev; loopback is nobody's traffic.</summary>
    public static IReadOnlyList<InterfaceUse> Parse(IEnumerable<string> lines)
    {
        var found = new List<InterfaceUse>();
        foreach (var line in lines)
        {
            var colon = line.IndexOf(':');
            if (colon < 0) continue;
            var name = line[..colon].Trim();
            var n = line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (name == "lo" || n.Length < 12) continue;
            long At(int i) => long.TryParse(n[i], System.Globalization.CultureInfo.InvariantCulture, out var v) ? v : 0;
            found.Add(new(name, At(0), At(1), At(2), At(3), At(8), At(9), At(10), At(11)));
        }
        return found;
    }
}
