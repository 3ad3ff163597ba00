using System.Runtime.InteropServices;
using System.Text;
using MiniKube.Engines.Pause;
using MiniKube.Kubelet;
using MiniKube.Kubelet.Images;

namespace MiniKube.Engines.Tests;

/// <summary>How images come and go, on every engine.</summary>
[TestFixture("docker")]
[TestFixture("containerd")]
[TestFixture("simulated")]
public sealed class ImageContract(string kind)
{
    private readonly IEngineDaemon daemon = EngineDaemons.Of(kind);
    private IContainerEngine engine = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        await daemon.Start();
        engine = daemon.Connect("node");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (engine is not null) await engine.DisposeAsync();
        await daemon.DisposeAsync();
    }

    [Test]
    public async Task A_name_goes_alone_and_an_id_takes_all_names()
    {
        const string name = "localhost/names:1";
        await engine.LoadImages(new MemoryStream(ImageArchive.Of(name, RuntimeInformation.ProcessArchitecture, ["/x"], [], ("x", "names"u8.ToArray(), true))));
        await engine.TagImage(name, "localhost/other:2");
        var id = (await engine.FindImage(name))!.Id;
        Assert.That((await engine.FindImage("localhost/other:2"))!.Id, Is.EqualTo(id));
        await engine.RemoveImage(name);
        Assert.That(await engine.FindImage(name), Is.Null);
        Assert.That((await engine.FindImage("localhost/other:2"))!.Id, Is.EqualTo(id));
        await engine.TagImage("localhost/other:2", "localhost/other:3");
        await engine.RemoveImage(id);
        Assert.That(await engine.FindImage("localhost/other:2"), Is.Null);
        Assert.That(await engine.FindImage("localhost/other:3"), Is.Null);
    }

    [Test]
    public async Task Archives_say_what_they_brought_and_may_be_packed()
    {
        var plain = ImageArchive.Of("localhost/loaded:1", RuntimeInformation.ProcessArchitecture, ["/x"], [], ("x", "x"u8.ToArray(), true));
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(plain);
        packed.Position = 0;
        Assert.That(await engine.LoadImages(packed), Is.EqualTo(new[] { "localhost/loaded:1" }));
        // Once more does no harm.
        Assert.That(await engine.LoadImages(new MemoryStream(plain)), Is.EqualTo(new[] { "localhost/loaded:1" }));
        Assert.That(await engine.FindImage("localhost/loaded:1"), Is.Not.Null);
    }

    [Test]
    public async Task A_name_may_come_to_stand_for_something_else()
    {
        var ids = new List<string>();
        foreach (var content in (string[])["first", "second", "second"])
        {
            await engine.LoadImages(new MemoryStream(ImageArchive.Of("localhost/changing:1", RuntimeInformation.ProcessArchitecture, ["/x"], [], ("x", Encoding.UTF8.GetBytes(content), true))));
            ids.Add((await engine.FindImage("localhost/changing:1"))!.Id);
        }
        Assert.That(ids[1], Is.Not.EqualTo(ids[0]).And.EqualTo(ids[2]));
    }

    [Test]
    public async Task Many_may_bring_the_same_at_once()
    {
        var archive = ImageArchive.Of("localhost/shared:1", RuntimeInformation.ProcessArchitecture, ["/x"], [], ("x", "shared"u8.ToArray(), true));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => engine.LoadImages(new MemoryStream(archive))));
        Assert.That(await engine.FindImage("localhost/shared:1"), Is.Not.Null);
    }

    [Test]
    public void What_is_no_archive_is_refused() => Assert.That(async () => await engine.LoadImages(new MemoryStream(Encoding.UTF8.GetBytes(new string('?', 2000)))), Throws.TypeOf<EngineException>());

    [Test]
    public async Task A_directory_of_archives_is_taken_in_once()
    {
        var directory = Directory.CreateTempSubdirectory("minik-preload-");
        var said = new List<string>();
        var book = new ImageBook(Path.Combine(directory.FullName, "book.json"));
        try
        {
            File.WriteAllBytes(Path.Combine(directory.FullName, "a.tar"), ImageArchive.Of("localhost/preloaded:1", RuntimeInformation.ProcessArchitecture, ["/x"], [], ("x", "preloaded"u8.ToArray(), true)));
            File.WriteAllText(Path.Combine(directory.FullName, "broken.tar"), "no archive");
            var preload = new ImagePreload(engine, directory.FullName, book, TimeProvider.System, said.Add);
            for (var i = 0; i < 3; i++) await preload.Look(i == 0, CancellationToken.None);
            Assert.That(said, Has.Exactly(1).Contains("localhost/preloaded:1").And.Exactly(1).Contains("broken.tar").And.Exactly(2).Items);
            Assert.That(book.MustStay("localhost/preloaded:1"), Is.True);
            // After a restart what is here stays as it is; what somebody removed comes again.
            await new ImagePreload(engine, directory.FullName, new(Path.Combine(directory.FullName, "book.json")), TimeProvider.System, said.Add).Look(true, CancellationToken.None);
            Assert.That(said, Has.Exactly(1).Contains("localhost/preloaded:1"));
            await engine.RemoveImage("localhost/preloaded:1");
            await new ImagePreload(engine, directory.FullName, new(Path.Combine(directory.FullName, "book.json")), TimeProvider.System, said.Add).Look(true, CancellationToken.None);
            Assert.That(await engine.FindImage("localhost/preloaded:1"), Is.Not.Null);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
