using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.TestKit;

/// <summary>An archive of an image made of this machine's busybox, as `docker save` would write it.</summary>
public static class BusyboxArchive
{
    public static void Write(string path, string name, IEnumerable<string> commands)
    {
        using var layerBytes = new MemoryStream();
        using (var layer = new TarWriter(layerBytes, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var directory in (string[])["bin", "tmp", "etc", "www"]) layer.WriteEntry(new UstarTarEntry(TarEntryType.Directory, directory) { Mode = (UnixFileMode)0b111_101_101 });
            using var busybox = File.OpenRead("/bin/busybox");
            layer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "bin/busybox") { DataStream = busybox, Mode = (UnixFileMode)0b111_101_101 });
            foreach (var command in commands) layer.WriteEntry(new UstarTarEntry(TarEntryType.SymbolicLink, $"bin/{command}") { LinkName = "busybox" });
        }
        var config = Encoding.UTF8.GetBytes(new JsonMap
        {
            { "architecture", System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64" }, { "os", "linux" },
            { "config", new JsonMap { { "Env", JsonList.OfTexts(["PATH=/bin"]) } } },
            { "rootfs", new JsonMap { { "type", "layers" }, { "diff_ids", JsonList.OfTexts([$"sha256:{Hash(layerBytes.ToArray())}"]) } } },
        }.ToString());
        var manifest = Encoding.UTF8.GetBytes(JsonList.Of(new JsonMap { { "Config", $"{Hash(config)}.json" }, { "RepoTags", JsonList.OfTexts([name]) }, { "Layers", JsonList.OfTexts(["layer.tar"]) } }).ToString());
        using var file = File.Create(path);
        using var archive = new TarWriter(file, TarEntryFormat.Ustar);
        layerBytes.Position = 0;
        archive.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "layer.tar") { DataStream = layerBytes });
        archive.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"{Hash(config)}.json") { DataStream = new MemoryStream(config) });
        archive.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "manifest.json") { DataStream = new MemoryStream(manifest) });
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
