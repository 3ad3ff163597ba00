using System.Globalization;

namespace MiniKube.Kubelet.Files;

/// <summary>One file of a volume.</summary>
public sealed record VolumeFile(string Path, byte[] Content, int Mode)
{
    /// <summary>Whose it is, if not root's.</summary>
    public uint Owner { get; init; }
}

/// <summary>
/// A directory whose files change all at once: they lie in a directory of their own that the link "..data" points to, and a
/// renamed link takes the place of the old one.
/// </summary>
public static class AtomicFiles
{
    private const string Link = "..data";

    /// <summary>True when something had to be changed.</summary>
    public static bool Write(string directory, IReadOnlyList<VolumeFile> files, DateTimeOffset now, uint? group = null)
    {
        var link = Path.Combine(directory, Link);
        var present = new FileInfo(link).LinkTarget is { } target ? Path.Combine(directory, target) : null;
        if (present is not null && Same(present, files)) return false;

        var name = $"..{now.UtcDateTime.ToString("yyyy_MM_dd_HH_mm_ss.fffffff", CultureInfo.InvariantCulture)}";
        // A clock that was put back comes by the same moment twice.
        while (Directory.Exists(Path.Combine(directory, name))) name += "_";
        var fresh = Path.Combine(directory, name);
        Directory.CreateDirectory(fresh);
        Share(fresh, group);
        foreach (var file in files)
        {
            var path = Path.Combine(fresh, file.Path);
            var below = fresh;
            foreach (var step in file.Path.Split('/').SkipLast(1))
            {
                below = Path.Combine(below, step);
                if (Directory.Exists(below)) continue;
                Directory.CreateDirectory(below);
                Share(below, group);
            }
            File.WriteAllBytes(path, file.Content);
            File.SetUnixFileMode(path, (UnixFileMode)(group is null ? file.Mode : file.Mode | 0b100_000));
            if (group is not null || file.Owner != 0) Kernel.SetOwner(path, file.Owner, group ?? uint.MaxValue);
        }

        var swap = Path.Combine(directory, "..data_tmp");
        File.Delete(swap);
        File.CreateSymbolicLink(swap, name);
        Kernel.Rename(swap, link);

        var tops = files.Select(f => f.Path.Split('/')[0]).ToHashSet(StringComparer.Ordinal);
        foreach (var top in tops)
        {
            var visible = Path.Combine(directory, top);
            if (new FileInfo(visible).LinkTarget is null) File.CreateSymbolicLink(visible, Path.Combine(Link, top));
        }
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos())
            if (!entry.Name.StartsWith("..", StringComparison.Ordinal) && !tops.Contains(entry.Name)) entry.Delete();
        if (present is not null && Directory.Exists(present)) Directory.Delete(present, recursive: true);
        return true;
    }

    /// <summary>Everybody may look in; what is made in it belongs to the group.</summary>
    private static void Share(string directory, uint? group)
    {
        if (group is { } gid) Kernel.SetOwner(directory, 0, gid);
        File.SetUnixFileMode(directory, (UnixFileMode)0b111_101_101 | (group is null ? 0 : UnixFileMode.SetGroup));
    }

    private static bool Same(string directory, IReadOnlyList<VolumeFile> files)
    {
        if (!Directory.Exists(directory)) return false;
        if (Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Count() != files.Count) return false;
        foreach (var file in files)
        {
            var path = Path.Combine(directory, file.Path);
            if (!File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(file.Content)) return false;
        }
        return true;
    }
}
