using System.Formats.Tar;
using System.IO.Compression;
using MiniKube.Kubelet;
using MiniKube.Machinery;

namespace MiniKube.Engines.Containerd;

/// <summary>
/// Images out of an archive, as `docker save` writes it or in the layout of OCI. Files go into the content store as they come by;
/// only small ones, which may be descriptions, are looked at as well.
/// </summary>
internal sealed class ImageImport(ContentStore store)
{
    private const int LargestDescription = 4 << 20;
    private const string ManifestType = "application/vnd.docker.distribution.manifest.v2+json";
    private const string ConfigType = "application/vnd.docker.container.image.v1+json";
    private const string LayerType = "application/vnd.docker.image.rootfs.diff.tar";

    private readonly Dictionary<string, Blob> blobs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> links = new(StringComparer.Ordinal);

    private sealed record Blob(string Digest, long Size, bool Gzipped, byte[]? Small);

    /// <summary>Names and what they stand for, ready to be registered.</summary>
    public async Task<IReadOnlyList<(string Name, Proto Target)>> Read(Stream archive, CancellationToken cancel)
    {
        var plain = await Unzipped(archive, cancel);
        await using var tar = new TarReader(plain, leaveOpen: true);
        while (await Next(tar, cancel) is { } entry)
        {
            var name = Clean(entry.Name);
            if (entry.EntryType is TarEntryType.SymbolicLink or TarEntryType.HardLink) links[name] = Clean(Path.Combine(entry.EntryType == TarEntryType.SymbolicLink ? Path.GetDirectoryName(name) ?? "" : "", entry.LinkName));
            else if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile) blobs[name] = await Take(entry, cancel);
        }
        var images = new List<(string, Proto)>();
        if (Find("manifest.json")?.Small is { } manifest)
            foreach (var image in ((JsonList)JsonReader.Read(manifest)).Maps()) images.AddRange(await FromDocker(image, cancel));
        else if (Find("index.json")?.Small is { } index)
            foreach (var descriptor in (JsonReader.ReadMap(index).List("manifests") ?? []).Maps()) images.AddRange(await FromLayout(descriptor, cancel));
        else
            throw new EngineException("this is no archive of images: it has neither manifest.json nor index.json");
        return images.Count > 0 ? images : throw new EngineException("the archive names no image");
    }

    private static async Task<TarEntry?> Next(TarReader tar, CancellationToken cancel)
    {
        try
        {
            return await tar.GetNextEntryAsync(copyData: false, cancel);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or EndOfStreamException)
        {
            throw new EngineException($"this is no archive of images: {e.Message}", EngineFault.Other, e);
        }
    }

    private async Task<Blob> Take(TarEntry entry, CancellationToken cancel)
    {
        if (entry.DataStream is not { } data) return new("", 0, false, []);
        if (entry.Length <= LargestDescription)
        {
            var small = new byte[entry.Length];
            await data.ReadExactlyAsync(small, cancel);
            return await Put(small, null, cancel);
        }
        var head = new byte[2];
        await data.ReadExactlyAsync(head, cancel);
        var (digest, _) = await store.Write(new EarlyStream(data, head), null, cancel);
        return new(digest, entry.Length, IsGzip(head), null);
    }

    private async Task<Blob> Put(byte[] content, IReadOnlyDictionary<string, string>? labels, CancellationToken cancel)
    {
        using var stream = new MemoryStream(content);
        var (digest, _) = await store.Write(stream, labels, cancel);
        return new(digest, content.Length, IsGzip(content), content);
    }

    /// <summary>Docker's list of files becomes a manifest, which is what the engine knows images by.</summary>
    private async Task<IEnumerable<(string, Proto)>> FromDocker(JsonMap image, CancellationToken cancel)
    {
        var config = Find(image.Text("Config") ?? "") ?? throw new EngineException("the archive lacks the configuration of an image");
        var layers = (image.List("Layers") ?? []).Texts().Select(l => Find(l) ?? throw new EngineException($"the archive lacks the layer {l}")).ToArray();
        var needs = new Dictionary<string, string> { ["containerd.io/gc.ref.content.config"] = config.Digest };
        foreach (var (i, layer) in layers.Index()) needs[$"containerd.io/gc.ref.content.l.{i}"] = layer.Digest;
        var manifest = await Put(JsonWriter.ToUtf8(new JsonMap
        {
            { "schemaVersion", 2 }, { "mediaType", ManifestType }, { "config", Descriptor(ConfigType, config) },
            { "layers", JsonList.Of([.. layers.Select(l => Descriptor(l.Gzipped ? LayerType + ".gzip" : LayerType, l))]) },
        }), needs, cancel);
        return (image.List("RepoTags") ?? []).Texts().Select(tag => (tag, Target(ManifestType, manifest))).ToArray();
    }

    private async Task<IEnumerable<(string, Proto)>> FromLayout(JsonMap descriptor, CancellationToken cancel)
    {
        var names = descriptor.Map("annotations");
        if ((names?.Text("io.containerd.image.name") ?? names?.Text("org.opencontainers.image.ref.name")) is not { } name) return [];
        var top = await Label(descriptor, cancel);
        return [(name, Target(descriptor.Text("mediaType") ?? "", top))];
    }

    /// <summary>Says of a manifest or an index, and of all below it, what it needs.</summary>
    private async Task<Blob> Label(JsonMap descriptor, CancellationToken cancel)
    {
        var digest = descriptor.Text("digest") ?? "";
        var blob = Find($"blobs/{digest.Replace(':', '/')}") ?? throw new EngineException($"the archive lacks {digest}");
        if (blob.Small is not { } content || descriptor.Text("mediaType") is not { } type || !(type.Contains("manifest", StringComparison.Ordinal) || type.Contains("index", StringComparison.Ordinal))) return blob;
        var read = JsonReader.ReadMap(content);
        var needs = new Dictionary<string, string>();
        foreach (var (i, manifest) in (read.List("manifests") ?? []).Maps().Index())
        {
            // An archive may hold one platform of many.
            if (Find($"blobs/{(manifest.Text("digest") ?? "").Replace(':', '/')}") is null) continue;
            needs[$"containerd.io/gc.ref.content.m.{i}"] = (await Label(manifest, cancel)).Digest;
        }
        if (read.Map("config")?.Text("digest") is { } config) needs["containerd.io/gc.ref.content.config"] = config;
        foreach (var (i, layer) in (read.List("layers") ?? []).Maps().Index()) needs[$"containerd.io/gc.ref.content.l.{i}"] = layer.Text("digest") ?? "";
        await store.Label(digest, needs, cancel);
        return blob;
    }

    private Blob? Find(string name)
    {
        name = Clean(name);
        for (var hops = 0; hops < 8 && links.TryGetValue(name, out var target) && !blobs.ContainsKey(name); hops++) name = target;
        return blobs.GetValueOrDefault(name);
    }

    private static JsonMap Descriptor(string type, Blob blob) => new() { { "mediaType", type }, { "digest", blob.Digest }, { "size", blob.Size } };

    private static Proto Target(string type, Blob blob) => new() { { 1, type }, { 2, blob.Digest }, { 3, blob.Size } };

    private static bool IsGzip(ReadOnlySpan<byte> head) => head is [0x1F, 0x8B, ..];

    private static async Task<Stream> Unzipped(Stream archive, CancellationToken cancel)
    {
        var head = new byte[2];
        var read = await archive.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancel);
        var whole = new EarlyStream(archive, head[..read]);
        return IsGzip(head) ? new GZipStream(whole, CompressionMode.Decompress) : whole;
    }

    /// <summary>"./a/../b" as "b".</summary>
    private static string Clean(string name)
    {
        var parts = new List<string>();
        foreach (var part in name.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..") parts.RemoveAt(Math.Max(0, parts.Count - 1));
            else if (part != ".") parts.Add(part);
        }
        return string.Join('/', parts);
    }
}
