using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using MiniKube.Engines.Containerd;
using MiniKube.Machinery;

namespace MiniKube.Engines.Tests;

/// <summary>The parts of which the containerd engine is made.</summary>
[TestFixture]
public sealed class ContainerdPieces
{
    [FsCheck.NUnit.Property]
    public bool What_is_written_as_a_message_is_read_again(string? text, long whole, bool flag, byte[] bytes, Dictionary<string, string?> pairs)
    {
        // Half a pair of surrogates has no UTF-8.
        static string Sound(string? t) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(t ?? ""));
        var map = pairs.GroupBy(p => Sound(p.Key)).ToDictionary(g => g.Key, g => Sound(g.First().Value));
        var message = new Proto { { 1, Sound(text) }, { 2, whole }, { 3, flag }, { 4, (ReadOnlyMemory<byte>)bytes }, { 5, map }, { 600, new Proto { { 1, whole } } } };
        var read = new ProtoMessage(message.Bytes);
        return read.Text(1) == Sound(text) && read.Whole(2) == whole && read.Flag(3) == flag && read.Bytes(4).Span.SequenceEqual(bytes)
            && read.Map(5).Count == map.Count && !read.Map(5).Except(map).Any() && read.Message(600).Whole(1) == whole && !read.Has(7);
    }

    [TestCase(true, "1")]
    [TestCase(false, null)]
    public void Where_memory_runs_out_all_of_a_container_ends(bool unified, string? group)
    {
        var made = new ProtoMessage(CriBodies.Container(new(new("u", "ns", "p"), "s", "c", 0, "i"), "n", new HostLimits(true, true, []) { UnifiedCgroups = unified }).Bytes);
        Assert.That(made.Message(15).Message(1).Map(9).GetValueOrDefault("memory.oom.group"), Is.EqualTo(group));
    }

    [TestCase("", 0, null)]
    [TestCase("""{"metadata":{},"status":"Success"}""", 0, null)]
    [TestCase("""{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"42"}]}}""", 42, null)]
    [TestCase("""{"status":"Failure","reason":"InternalError","message":"no such program"}""", 126, "no such program")]
    [TestCase("not a status", 126, "not a status")]
    public void The_end_of_a_stream_is_a_code_or_a_complaint(string told, int code, string? complaint) => Assert.That(CriStream.Outcome(told), Is.EqualTo((code, complaint)));

    [TestCase("SIGTERM", 15)]
    [TestCase("USR1", 10)]
    [TestCase("9", 9)]
    [TestCase("SIGRTMIN+3", 37)]
    [TestCase("SIGRTMAX-2", 62)]
    [TestCase("SIGPOLL", 29)]
    [TestCase("SIGNONE", 15)]
    public void Signals_have_numbers(string name, int number) => Assert.That(SignalNumbers.Of(name), Is.EqualTo(number));

    [Test]
    public void Logs_are_kept_in_bounds_and_go_with_their_directories()
    {
        var root = Directory.CreateTempSubdirectory("minik-logs-");
        try
        {
            var path = Path.Combine(Directory.CreateDirectory(Path.Combine(root.FullName, "pod", "c")).FullName, "0.log");
            for (var i = 0; i < 8; i++)
            {
                File.WriteAllText(path, $"{i}");
                Assert.That(CriLogs.Rotate(path, 1), Is.True);
            }
            Assert.That(CriLogs.Rotate(path, 1), Is.False, "there is nothing to move away");
            Assert.That(string.Concat(Directory.GetFiles(Path.GetDirectoryName(path)!).Order(StringComparer.Ordinal).Select(File.ReadAllText)), Is.EqualTo("7654"));
            CriLogs.Remove(path);
            Assert.That(Directory.Exists(Path.Combine(root.FullName, "pod")), Is.False);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    [Test]
    public async Task An_archive_in_the_layout_of_OCI_is_taken_in()
    {
        await using var daemon = new ContainerdDaemon();
        await daemon.Start();
        await using var engine = daemon.Connect("node");
        Assert.That(await engine.LoadImages(new MemoryStream(Layout("localhost/layout:1"))), Is.EqualTo(new[] { "localhost/layout:1" }));
        Assert.That((await engine.FindImage("localhost/layout:1"))!.Tags, Does.Contain("localhost/layout:1"));
    }

    private static byte[] Layout(string name)
    {
        using var layer = new MemoryStream();
        using (var tar = new TarWriter(layer, TarEntryFormat.Ustar, leaveOpen: true)) tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "file") { DataStream = new MemoryStream("content"u8.ToArray()) });
        var blobs = new List<byte[]>();
        JsonMap Blob(string type, byte[] content)
        {
            blobs.Add(content);
            return new() { { "mediaType", $"application/vnd.oci.image.{type}" }, { "digest", Digest(content) }, { "size", content.Length } };
        }
        var config = new JsonMap
        {
            { "architecture", "amd64" }, { "os", "linux" }, { "config", new JsonMap() },
            { "rootfs", new JsonMap { { "type", "layers" }, { "diff_ids", JsonList.OfTexts([Digest(layer.ToArray())]) } } },
        };
        var manifest = new JsonMap
        {
            { "schemaVersion", 2 }, { "mediaType", "application/vnd.oci.image.manifest.v1+json" },
            { "config", Blob("config.v1+json", JsonWriter.ToUtf8(config)) }, { "layers", JsonList.Of(Blob("layer.v1.tar", layer.ToArray())) },
        };
        var top = Blob("manifest.v1+json", JsonWriter.ToUtf8(manifest));
        top.Add("annotations", new JsonMap { { "io.containerd.image.name", name } });
        using var archive = new MemoryStream();
        using (var tar = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
        {
            void Add(string path, byte[] content) => tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(content) });
            Add("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}"u8.ToArray());
            Add("index.json", JsonWriter.ToUtf8(new JsonMap { { "schemaVersion", 2 }, { "manifests", JsonList.Of(top) } }));
            foreach (var blob in blobs) Add($"blobs/{Digest(blob).Replace(':', '/')}", blob);
        }
        return archive.ToArray();
    }

    private static string Digest(byte[] bytes) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}";
}
