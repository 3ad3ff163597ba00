using System.Collections.Concurrent;
using System.Text;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Simulated;

/// <summary>The files of a simulated container: what is mounted is really there, everything else is only remembered.</summary>
internal sealed class SimulatedFiles(IReadOnlyList<MountSpec> mounts, Func<ContainerResources> resources, SimulatedKernel kernel)
{
    private static readonly string[] MemoryLimit = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

    private readonly ConcurrentDictionary<string, byte[]> remembered = new();

    /// <summary>Null when there is no such file.</summary>
    public byte[]? Read(string path)
    {
        var full = Path.GetFullPath(path, "/");
        if (MemoryLimit.Contains(full)) return Encoding.UTF8.GetBytes($"{resources().MemoryBytes}\n");
        if (kernel.Read(full) is { } told) return Encoding.UTF8.GetBytes(told);
        return Mounted(full) is var (host, _) ? File.Exists(host) ? File.ReadAllBytes(host) : null : remembered.GetValueOrDefault(full);
    }

    public bool Exists(string path) => Read(path) is not null || Mounted(Path.GetFullPath(path, "/")) is var (host, _) && Directory.Exists(host);

    /// <summary>Why not, or null.</summary>
    public string? Write(string path, byte[] content, bool append)
    {
        var full = Path.GetFullPath(path, "/");
        if (full == "/dev/null") return null;
        var whole = append && Read(full) is { } before ? [.. before, .. content] : content;
        if (Mounted(full) is not var (host, readOnly))
        {
            remembered[full] = whole;
            return null;
        }
        if (readOnly) return "Read-only file system";
        try
        {
            File.WriteAllBytes(host, whole);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    public bool Remove(string path)
    {
        var full = Path.GetFullPath(path, "/");
        if (Mounted(full) is not var (host, readOnly)) return remembered.TryRemove(full, out _);
        if (readOnly || !File.Exists(host)) return false;
        File.Delete(host);
        return true;
    }

    private (string Host, bool ReadOnly)? Mounted(string path)
    {
        var mount = mounts.Where(m => path == m.ContainerPath || path.StartsWith(m.ContainerPath.TrimEnd('/') + "/", StringComparison.Ordinal)).MaxBy(m => m.ContainerPath.Length);
        return mount is null ? null : (path == mount.ContainerPath ? mount.HostPath : Path.Combine(mount.HostPath, path[(mount.ContainerPath.TrimEnd('/').Length + 1)..]), mount.ReadOnly);
    }
}
