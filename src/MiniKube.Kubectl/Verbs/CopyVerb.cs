using System.Formats.Tar;

namespace MiniKube.Kubectl;

/// <summary>kubectl cp: files into containers and out of them, through the container's own tar.</summary>
internal static class CopyVerb
{
    public static readonly Verb Verb = new("cp", "Copy files and directories to and from containers", "kubectl cp <file-spec-src> <file-spec-dest> [options]")
    {
        Flags = [FlagSpec.Text("container", "The container", 'c'), FlagSpec.Switch("no-preserve", "Owners and modes are those of whoever unpacks")],
        Run = Run,
    };

    /// <summary>"[NAMESPACE/]POD:PATH", or a path on this machine.</summary>
    private sealed record Place(string? Namespace, string? Pod, string Path)
    {
        public static Place Read(string text)
        {
            var at = text.IndexOf(':');
            if (at < 0) return new(null, null, text);
            if (at == 0) throw new Failure("filespec must match the canonical format: [[namespace/]pod:]file/path");
            var owner = text[..at].Split('/');
            return owner.Length switch
            {
                1 => new(null, owner[0], text[(at + 1)..]),
                2 => new(owner[0], owner[1], text[(at + 1)..]),
                _ => throw new Failure("filespec must match the canonical format: [[namespace/]pod:]file/path"),
            };
        }
    }

    private static async Task<int> Run(Call call)
    {
        if (call.Arguments.Count != 2) throw call.Misused("source and destination are required");
        var (from, to) = (Place.Read(call.Arguments[0]), Place.Read(call.Arguments[1]));
        if (from.Pod is not null && to.Pod is not null) throw new Failure("one of src or dest must be a local file specification");
        if (from.Path.Length == 0 || to.Path.Length == 0) throw new Failure("filepath can not be empty");
        if (from.Pod is not null) return await Out(call, from, to.Path);
        if (to.Pod is not null) return await Into(call, from.Path, to);
        throw new Failure("one of src or dest must be a remote file specification");
    }

    private static async Task<int> Out(Call call, Place from, string target)
    {
        var packed = Path.Combine(Path.GetTempPath(), $"kubectl-cp-{Guid.NewGuid():n}");
        try
        {
            await using (var file = File.Create(packed))
            {
                if (await Exec(call, from, ["tar", "cf", "-", from.Path], null, file) is not 0 and var code) throw new Failure($"command terminated with exit code {code}");
            }
            await using var archive = File.OpenRead(packed);
            return await Unpack(call, archive, from.Path.TrimStart('/').TrimEnd('/'), Directory.Exists(target) ? Path.Combine(target, Path.GetFileName(from.Path.TrimEnd('/'))) : target);
        }
        finally
        {
            File.Delete(packed);
        }
    }

    private static async Task<int> Unpack(Call call, Stream archive, string prefix, string target)
    {
        var (root, any) = (Path.GetFullPath(target), false);
        await using var reader = new TarReader(archive);
        while (await reader.GetNextEntryAsync(copyData: false, call.Stop) is { } entry)
        {
            any = true;
            var name = entry.Name.TrimStart('/').TrimEnd('/');
            var below = name == prefix ? "" : name.StartsWith(prefix + "/", StringComparison.Ordinal) ? name[(prefix.Length + 1)..] : name;
            var path = Path.GetFullPath(below.Length == 0 ? root : Path.Combine(root, below));
            // What a container packs is not to be trusted with where it goes.
            if (path != root && !path.StartsWith(root + "/", StringComparison.Ordinal))
            {
                call.Error.WriteLine($"warning: file \"{entry.Name}\" is outside target destination, skipping");
                continue;
            }
            switch (entry.EntryType)
            {
                case TarEntryType.Directory:
                    Directory.CreateDirectory(path);
                    break;
                case TarEntryType.RegularFile or TarEntryType.V7RegularFile:
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    await entry.ExtractToFileAsync(path, overwrite: true, call.Stop);
                    break;
                default:
                    call.Error.WriteLine($"warning: skipping symlink: \"{path}\" -> \"{entry.LinkName}\"");
                    break;
            }
        }
        return any ? 0 : throw new Failure($"no such file or directory: {prefix}");
    }

    private static async Task<int> Into(Call call, string source, Place to)
    {
        if (!File.Exists(source) && !Directory.Exists(source)) throw new Failure($"{source} doesn't exist in local filesystem");
        var isFolder = to.Path.EndsWith('/') || await Exec(call, to, ["test", "-d", to.Path], null, Stream.Null) == 0;
        var target = isFolder ? $"{to.Path.TrimEnd('/')}/{Path.GetFileName(Path.GetFullPath(source))}" : to.Path.TrimEnd('/');
        var slash = target.LastIndexOf('/');
        var (directory, name) = (slash > 0 ? target[..slash] : slash == 0 ? "/" : ".", target[(slash + 1)..]);
        using var packed = new MemoryStream();
        await using (var writer = new TarWriter(packed, leaveOpen: true))
        {
            if (File.Exists(source)) await writer.WriteEntryAsync(source, name, call.Stop);
            else
            {
                await writer.WriteEntryAsync(source, name, call.Stop);
                foreach (var path in Directory.EnumerateFileSystemEntries(source, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
                    await writer.WriteEntryAsync(path, $"{name}/{Path.GetRelativePath(source, path)}", call.Stop);
            }
        }
        packed.Position = 0;
        string[] unpack = call.Switch("no-preserve") ? ["tar", "--no-same-permissions", "--no-same-owner", "-xmf", "-", "-C", directory] : ["tar", "-xmf", "-", "-C", directory];
        return await Exec(call, to, unpack, packed, call.Around.RawOut) is not 0 and var code ? throw new Failure($"command terminated with exit code {code}") : 0;
    }

    private static async Task<int> Exec(Call call, Place place, string[] command, Stream? input, Stream output)
    {
        var pods = await PodChoice.Pods(call);
        var pod = await call.Api.Get(pods.Path(place.Namespace ?? call.Namespace, place.Pod));
        var container = PodChoice.Container(call, pod, call.Text("container"));
        var query = string.Concat(command.Select(w => $"command={Uri.EscapeDataString(w)}&"));
        return await RemoteCommand.Run(call, pods.Path(pod.Namespace(), pod.Name(), "exec") + $"?{query}container={Uri.EscapeDataString(container)}&stdin={(input is null ? "false" : "true")}&stdout=true&stderr=true", input, output, call.Around.RawError, terminal: false);
    }
}
