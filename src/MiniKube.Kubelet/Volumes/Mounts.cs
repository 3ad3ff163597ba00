using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Containers;
using MiniKube.Kubelet.Files;

namespace MiniKube.Kubelet.Volumes;

/// <summary>The mounts of one container, out of its pod's volumes.</summary>
internal static class Mounts
{
    /// <summary>The volumes that no container may write to, whatever its mounts say: what the node itself writes there would lead it elsewhere.</summary>
    public static IReadOnlySet<string> ReadOnlyVolumes(PodSpec spec) => (spec.Volumes ?? []).Where(IsReadOnly).Select(v => v.Name!).ToHashSet();

    public static (IReadOnlyList<MountSpec> Mounts, string? Fault) Of(Container container, PodSpec spec, IReadOnlyDictionary<string, string> volumes, PodDirectory directory,
        Func<string, string?> environment, bool recursive)
    {
        var group = (uint?)spec.SecurityContext?.FsGroup;
        var (readOnly, images) = (ReadOnlyVolumes(spec), (spec.Volumes ?? []).Where(v => v.Image is not null).Select(v => v.Name!).ToHashSet());
        var mounts = new List<MountSpec>();
        foreach (var (index, mount) in (container.VolumeMounts ?? []).Index())
        {
            if (!volumes.TryGetValue(mount.Name!, out var source)) return ([], $"cannot find volume \"{mount.Name}\" to mount into container \"{container.Name}\"");
            var part = mount.SubPath;
            if (mount.SubPathExpr is { Length: > 0 } expression)
            {
                var missing = new SortedSet<string>(StringComparer.Ordinal);
                part = Expansion.Expand(expression, name =>
                {
                    if (environment(name) is { Length: > 0 } value) return value;
                    missing.Add(name);
                    return "";
                });
                if (missing.Count > 0) return ([], $"missing value for {string.Join(", ", missing)}");
            }
            if (part is { Length: > 0 })
            {
                if (part.StartsWith('/')) return ([], $"error SubPath `{part}` must not be an absolute path");
                if (part.Split('/').Contains("..")) return ([], $"unable to provision SubPath `{part}`: must not contain '..'");
                var (inside, fault) = SubPaths.Bind(source, part, directory.SubPath(mount.Name!, container.Name!, index), group);
                if (fault is not null) return ([], $"failed to prepare subPath for volumeMount \"{mount.Name}\" of container \"{container.Name}\": {fault}");
                source = inside!;
            }
            else if (!Path.Exists(source))
            {
                Directory.CreateDirectory(source);
            }
            var (below, unable) = ReadOnlyBelow(mount, recursive);
            if (unable is not null) return ([], unable);
            mounts.Add(new(source, mount.MountPath!, mount.ReadOnly == true || readOnly.Contains(mount.Name!), mount.MountPropagation switch
            {
                "HostToContainer" => Propagation.HostToContainer,
                "Bidirectional" => Propagation.Bidirectional,
                _ => Propagation.Private,
            })
            { RecursiveReadOnly = below, OfItsUsers = images.Contains(mount.Name!) });
        }
        return (mounts, null);
    }

    private static bool IsReadOnly(Volume volume) => volume is { Image: not null } or { ConfigMap: not null } or { Secret: not null } or { DownwardAPI: not null } or { Projected: not null }
        or { PersistentVolumeClaim.ReadOnly: true } or { Nfs.ReadOnly: true };

    /// <summary>Whether what is mounted below is to be read-only as well, given what the engine can do.</summary>
    public static (bool Wanted, string? Fault) ReadOnlyBelow(VolumeMount mount, bool able) => mount.RecursiveReadOnly switch
    {
        "Enabled" when !able => (false, $"failed to resolve recursive read-only mode: volume \"{mount.Name}\" requested recursive read-only mode, but it is not supported by the runtime"),
        "Enabled" or "IfPossible" => (able, null),
        _ => (false, null),
    };
}

/// <summary>A part of a volume, bound to a place of its own. What is bound was opened and found inside the volume: a link that leads out is refused, and exchanging it later changes nothing.</summary>
internal static class SubPaths
{
    public static (string? Path, string? Fault) Bind(string volume, string part, string target, uint? group)
    {
        try
        {
            var wanted = Path.Combine(volume, part);
            if (!Path.Exists(wanted)) Make(volume, part, group);
            using var held = Kernel.Hold(wanted);
            var link = $"/proc/self/fd/{held.DangerousGetHandle()}";
            var (inside, real) = IsInside(volume, link);
            if (!inside) return (null, $"subPath \"{part}\" leads out of the volume");
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            Kernel.Unmount(target);
            if (Directory.Exists(real)) Directory.CreateDirectory(target);
            else if (!File.Exists(target)) File.WriteAllBytes(target, []);
            Kernel.BindMount(link, target);
            return (target, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, e.Message);
        }
    }

    /// <summary>A small text in a volume, found the same way; null when there is none.</summary>
    public static string? Read(string volume, string part)
    {
        const int most = 64 * 1024;
        if (part.StartsWith('/') || part.Split('/').Contains("..")) return null;
        try
        {
            using var held = Kernel.Hold(Path.Combine(volume, part));
            var link = $"/proc/self/fd/{held.DangerousGetHandle()}";
            // A pipe would keep its reader waiting.
            if (!IsInside(volume, link).Inside || (Kernel.ModeOf(link) & 0xF000) != 0x8000) return null;
            using var file = File.OpenRead(link);
            var bytes = new byte[most];
            return System.Text.Encoding.UTF8.GetString(bytes, 0, file.ReadAtLeast(bytes, most, throwOnEndOfStream: false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static (bool Inside, string Real) IsInside(string volume, string link)
    {
        var real = new FileInfo(link).LinkTarget ?? "";
        using var root = Kernel.Hold(volume);
        var top = new FileInfo($"/proc/self/fd/{root.DangerousGetHandle()}").LinkTarget ?? volume;
        return (real == top || real.StartsWith(top + "/", StringComparison.Ordinal), real);
    }

    /// <summary>Directory by directory, each one looked at before the next is made in it.</summary>
    private static void Make(string volume, string part, uint? group)
    {
        var at = volume;
        var mode = File.GetUnixFileMode(volume);
        foreach (var step in part.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            at = Path.Combine(at, step);
            if (new FileInfo(at).LinkTarget is not null) throw new IOException($"{step} is a link to what doesn't exist");
            if (Directory.Exists(at)) continue;
            if (File.Exists(at)) throw new IOException($"{step} is not a directory");
            Directory.CreateDirectory(at);
            if (group is { } gid) Kernel.SetOwner(at, 0, gid);
            // Whoever may write to the volume may write to its parts.
            File.SetUnixFileMode(at, mode);
        }
    }
}
