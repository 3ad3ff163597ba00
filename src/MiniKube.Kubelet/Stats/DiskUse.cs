using System.Collections.Concurrent;
using MiniKube.Kubelet.Files;

namespace MiniKube.Kubelet.Stats;

/// <summary>What files take up, in blocks, and how many there are.</summary>
public sealed record DiskUse(long Bytes, long Inodes)
{
    public static readonly DiskUse None = new(0, 0);

    public static DiskUse operator +(DiskUse a, DiskUse b) => new(a.Bytes + b.Bytes, a.Inodes + b.Inodes);

    /// <summary>A tree without what is mounted in it; a file with several names counts once.</summary>
    public static DiskUse Of(string path)
    {
        if (Kernel.Look(path) is not { } top) return None;
        var (bytes, inodes) = (top.Blocks * 512, 1L);
        if (!top.IsDirectory) return new(bytes, inodes);
        var seen = new HashSet<ulong>();
        var open = new Stack<string>([path]);
        while (open.TryPop(out var directory))
        {
            string[] entries;
            try
            {
                entries = Directory.GetFileSystemEntries(directory);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue;
            }
            foreach (var entry in entries)
            {
                if (Kernel.Look(entry) is not { } found || found.Device != top.Device) continue;
                if (found is { IsDirectory: false, Links: > 1 } && !seen.Add(found.Inode)) continue;
                bytes += found.Blocks * 512;
                inodes++;
                if (found.IsDirectory) open.Push(entry);
            }
        }
        return new(bytes, inodes);
    }
}

/// <summary>A file system as a whole.</summary>
public sealed record FileSystemUse(long Capacity, long Available, long Used, long Inodes, long InodesFree)
{
    public static readonly FileSystemUse Unknown = new(0, 0, 0, 0, 0);

    public long InodesUsed => Inodes - InodesFree;

    public static FileSystemUse Of(string path) => Kernel.FileSystem(path) ?? Unknown;
}

/// <summary>Remembers how much is where: walking a tree costs, so the longer it took the rarer it is done.</summary>
internal sealed class DiskUses(TimeProvider time)
{
    private const int Patience = 50;
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, (DiskUse Use, DateTimeOffset Until, DateTimeOffset Asked)> known = new();

    public DiskUse Of(string path)
    {
        var now = time.GetUtcNow();
        if (known.TryGetValue(path, out var last) && last.Until > now)
        {
            known[path] = last with { Asked = now };
            return last.Use;
        }
        var began = time.GetTimestamp();
        var use = DiskUse.Of(path);
        var rest = time.GetElapsedTime(began) * Patience;
        known[path] = (use, now + (rest > Least ? rest : Least), now);
        foreach (var (old, entry) in known)
            if (now - entry.Asked > Forgotten) known.TryRemove(old, out _);
        return use;
    }
}
