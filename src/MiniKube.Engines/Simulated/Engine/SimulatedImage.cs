using System.Collections.Immutable;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using MiniKube.Kubelet;
using MiniKube.Machinery;

namespace MiniKube.Engines.Simulated;

/// <summary>What is known of an image: of one out of an archive what it says, of one that was "pulled" its name only.</summary>
internal sealed record SimulatedImage(string Id, ImmutableList<string> Tags, long SizeBytes)
{
    public IReadOnlyList<string> Entrypoint { get; init; } = [];
    public IReadOnlyList<string> Arguments { get; init; } = [];
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];
    public string User { get; init; } = "";

    /// <summary>Null when nobody knows what is in it.</summary>
    public ImmutableHashSet<string>? Files { get; init; }

    public ImageInfo Info => new(Id, Tags, [], SizeBytes) { User = User };

    public static SimulatedImage Pretended(string name) => new($"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))}", [name], 10 << 20);

    /// <summary>Whether a program that is named by its path is missing.</summary>
    public bool Lacks(string program) => program.StartsWith('/') && Files is not null && !Files.Contains(program.TrimStart('/'));

    /// <summary>The images of an archive as `docker save` writes it.</summary>
    public static async Task<IReadOnlyList<SimulatedImage>> Read(Stream archive, CancellationToken cancel)
    {
        using var whole = new MemoryStream();
        await archive.CopyToAsync(whole, cancel);
        var files = await Unpack(Unzipped(whole.ToArray()), cancel);
        if (!files.TryGetValue("manifest.json", out var manifest)) throw new EngineException("this is no archive of images: it has no manifest.json");
        var images = new List<SimulatedImage>();
        foreach (var entry in ((JsonList)JsonReader.Read(manifest)).Maps())
        {
            if (!files.TryGetValue(entry.Text("Config") ?? "", out var described)) throw new EngineException("the archive lacks the configuration of an image");
            var config = JsonReader.ReadMap(described).Map("config") ?? [];
            var layers = (entry.List("Layers") ?? []).Texts().Select(l => files.GetValueOrDefault(l) ?? throw new EngineException($"the archive lacks the layer {l}")).ToArray();
            var names = new HashSet<string>();
            foreach (var layer in layers) names.UnionWith((await Unpack(Unzipped(layer), cancel)).Keys);
            images.Add(new($"sha256:{Convert.ToHexStringLower(SHA256.HashData(described))}", [.. (entry.List("RepoTags") ?? []).Texts()], layers.Sum(l => (long)l.Length))
            {
                Entrypoint = [.. (config.List("Entrypoint") ?? []).Texts()], Arguments = [.. (config.List("Cmd") ?? []).Texts()], User = config.Text("User") ?? "", Files = [.. names],
                Environment = [.. (config.List("Env") ?? []).Texts().Select(e => e.Split('=', 2)).Select(e => KeyValuePair.Create(e[0], e.Length > 1 ? e[1] : ""))],
            });
        }
        return images;
    }

    private static Stream Unzipped(byte[] content) => content is [0x1F, 0x8B, ..] ? new GZipStream(new MemoryStream(content), CompressionMode.Decompress) : new MemoryStream(content);

    private static async Task<Dictionary<string, byte[]>> Unpack(Stream content, CancellationToken cancel)
    {
        var files = new Dictionary<string, byte[]>();
        try
        {
            await using var tar = new TarReader(content);
            while (await tar.GetNextEntryAsync(copyData: false, cancel) is { } entry)
            {
                using var copy = new MemoryStream();
                if (entry.DataStream is { } data) await data.CopyToAsync(copy, cancel);
                if (entry.EntryType != TarEntryType.Directory) files[entry.Name.TrimStart('.', '/')] = copy.ToArray();
            }
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or EndOfStreamException)
        {
            throw new EngineException($"this is no archive of images: {e.Message}", EngineFault.Other, e);
        }
        return files;
    }
}
