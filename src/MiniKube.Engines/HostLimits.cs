using System.Globalization;

namespace MiniKube.Engines;

/// <summary>What this machine lets containers have: some hosts are containers themselves and lack capabilities.</summary>
internal sealed record HostLimits(bool MayLowerOomScore, bool HasAllCapabilities, IReadOnlyList<string> Capabilities)
{
    private const int SysResource = 24;

    private static readonly string[] Names =
    [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE",
        "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN",
        "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE",
        "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
    ];

    /// <summary>One hierarchy of cgroups instead of one for each resource.</summary>
    public bool UnifiedCgroups { get; init; }

    /// <summary>Less the capability that an engine says it doesn't know; null when it says nothing of the kind.</summary>
    public HostLimits? Without(string complaint)
    {
        const string words = "unknown capability: \"CAP_";
        if (complaint.IndexOf(words, StringComparison.Ordinal) is not (>= 0 and var at)) return null;
        var name = complaint[(at + words.Length)..].Split('"')[0];
        return Capabilities.Contains(name) ? this with { Capabilities = [.. Capabilities.Where(c => c != name)] } : null;
    }

    public static HostLimits Read() => Of(File.ReadLines("/proc/self/status")) with { UnifiedCgroups = File.Exists("/sys/fs/cgroup/cgroup.controllers") };

    /// <summary>From the lines of a /proc status file: what is in the bounding set.</summary>
    public static HostLimits Of(IEnumerable<string> status)
    {
        var line = status.FirstOrDefault(l => l.StartsWith("CapBnd:", StringComparison.Ordinal));
        var bounds = line is null ? ulong.MaxValue : ulong.Parse(line["CapBnd:".Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var held = Names.Where((_, i) => (bounds >> i & 1) == 1).ToArray();
        return new((bounds >> SysResource & 1) == 1, held.Length == Names.Length, held);
    }
}
