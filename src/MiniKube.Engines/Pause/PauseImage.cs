using System.Formats.Tar;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MiniKube.Machinery;

namespace MiniKube.Engines.Pause;

/// <summary>The pause program as an image archive that Docker and containerd can load.</summary>
public static class PauseImage
{
    public const string Name = "localhost/minik-pause:1";

    public static byte[] Archive(Architecture architecture, string name = Name) => ImageArchive.Of(name, architecture, ["/pause"], [], ("pause", PauseProgram.For(architecture), true));
}

/// <summary>An image of one layer as the archive that `docker load` and `ctr images import` read.</summary>
public static class ImageArchive
{
    public static byte[] Of(string name, Architecture architecture, IReadOnlyList<string> entrypoint, IReadOnlyList<string> environment, params ReadOnlySpan<(string Name, byte[] Content, bool Executable)> files)
    {
        var layer = Tar(files);
        var config = JsonWriter.ToUtf8(new JsonMap
        {
            { "architecture", architecture == Architecture.Arm64 ? "arm64" : "amd64" }, { "os", "linux" }, { "created", "1970-01-01T00:00:00Z" },
            { "config", new JsonMap { { "Entrypoint", JsonList.OfTexts(entrypoint) }, { "Env", JsonList.OfTexts(environment) } } },
            { "rootfs", new JsonMap { { "type", "layers" }, { "diff_ids", JsonList.OfTexts([$"sha256:{Hash(layer)}"]) } } },
        });
        var manifest = JsonWriter.ToUtf8(JsonList.Of(new JsonMap
        {
            { "Config", $"{Hash(config)}.json" }, { "RepoTags", JsonList.OfTexts([name]) }, { "Layers", JsonList.OfTexts(["layer.tar"]) },
        }));
        return Tar(("layer.tar", layer, false), ($"{Hash(config)}.json", config, false), ("manifest.json", manifest, false));
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static byte[] Tar(params ReadOnlySpan<(string Name, byte[] Content, bool Executable)> files)
    {
        using var target = new MemoryStream();
        using (var tar = new TarWriter(target, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var (name, content, executable) in files)
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name)
                {
                    DataStream = new MemoryStream(content), ModificationTime = DateTimeOffset.UnixEpoch,
                    Mode = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead
                        | (executable ? UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : 0),
                });
            }
        }
        return target.ToArray();
    }
}
