using System.Runtime.InteropServices;
using System.Text;
using MiniKube.Engines.Pause;
using MiniKube.Kubelet;
using MiniKube.Kubelet.Images;
using MiniKube.TestKit;

namespace MiniKube.Engines.Tests;

/// <summary>How images are pulled, with a registry of the tests' own: by every engine that really does.</summary>
[TestFixture("docker")]
[TestFixture("containerd")]
public sealed class RegistryContract(string kind)
{
    private readonly IEngineDaemon daemon = EngineDaemons.Of(kind);
    private IContainerEngine engine = null!;
    private LoopbackRegistry registry = null!;

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

    [SetUp]
    public void Registry() => registry = new();

    [TearDown]
    public async Task Close() => await registry.DisposeAsync();

    [Test]
    public async Task What_was_pulled_is_found_by_its_name_and_listed()
    {
        var name = registry.Push("team/app", "1", ("file", "one"u8.ToArray()));
        await engine.PullImage(name, null);
        var found = await engine.FindImage(name);
        Assert.That(found!.Tags, Does.Contain(name));
        Assert.That(found.Digests, Has.Some.StartsWith($"{registry.Host}/team/app@sha256:"));
        Assert.That((await engine.Images()).Select(i => i.Id), Does.Contain(found.Id));
        await engine.RemoveImage(found.Id);
        Assert.That(await engine.FindImage(name), Is.Null);
    }

    [TestCase(null, false)]
    [TestCase("user:wrong", false)]
    [TestCase("user:right", true)]
    public async Task A_login_is_passed_on(string? login, bool works)
    {
        registry.Login = "user:right";
        var name = registry.Push("secret/app", "1", ("file", Encoding.UTF8.GetBytes($"{login}")));
        var credentials = login?.Split(':') is [var user, var password] ? new RegistryCredentials(registry.Host, user, password) : null;
        if (works)
        {
            await engine.PullImage(name, credentials);
            Assert.That(await engine.FindImage(name), Is.Not.Null);
        }
        else
        {
            Assert.That(async () => await engine.PullImage(name, credentials), Throws.TypeOf<EngineException>().With.Property("Fault").EqualTo(EngineFault.ImagePull));
        }
    }

    [Test]
    public void What_no_registry_has_is_a_failed_pull() =>
        Assert.That(async () => await engine.PullImage($"{registry.Host}/none:1", null), Throws.TypeOf<EngineException>().With.Property("Fault").EqualTo(EngineFault.ImagePull).And.Message.Match("unknown|not found"));

    [Test]
    public async Task A_failing_registry_is_a_failed_pull_and_later_works()
    {
        var name = registry.Push("flaky", "1", ("file", "flaky"u8.ToArray()));
        registry.Fault = path => path.Contains("/manifests/", StringComparison.Ordinal) ? 500 : null;
        Assert.That(async () => await engine.PullImage(name, null), Throws.TypeOf<EngineException>().With.Property("Fault").EqualTo(EngineFault.ImagePull));
        registry.Fault = _ => null;
        await engine.PullImage(name, null);
        Assert.That(await engine.FindImage(name), Is.Not.Null);
    }

    [Test]
    public async Task A_mirror_serves_under_the_name_that_was_asked_for()
    {
        registry.Push("mirrored/app", "7", ("file", "mirror"u8.ToArray()));
        var mirrors = Registries.Parse($$"""
            mirrors:
              registry.invalid:
                endpoint: ["http://127.0.0.1:1", "http://{{registry.Host}}/v2"]
                rewrite: {"^team/(.*)$": "mirrored/$1"}
            """);
        var book = new ImageBook();
        await new ImagePull(engine, () => mirrors, book).Pull("registry.invalid/team/app:7", null, null, CancellationToken.None);
        var found = await engine.FindImage("registry.invalid/team/app:7");
        Assert.That(found!.Tags, Is.EqualTo(new[] { "registry.invalid/team/app:7" }));
        Assert.That(book.MayGo("registry.invalid/team/app:7"), Is.True);
    }

    [Test]
    public async Task A_mirrors_login_comes_from_its_configuration()
    {
        registry.Login = "user:right";
        registry.Push("app", "8", ("file", "guarded mirror"u8.ToArray()));
        var mirrors = Registries.Parse($$"""
            mirrors:
              "*": { endpoint: ["http://{{registry.Host}}"] }
            configs:
              "{{registry.Host}}":
                auth: { username: user, password: right }
            """);
        await new ImagePull(engine, () => mirrors, new()).Pull("registry.invalid/app:8", null, null, CancellationToken.None);
        Assert.That(await engine.FindImage("registry.invalid/app:8"), Is.Not.Null);
    }

    [Test]
    public void When_nobody_has_it_all_are_named() =>
        Assert.That(async () => await new ImagePull(engine, () => Registries.Parse($"mirrors: {{\"registry.invalid\": {{endpoint: [\"http://{registry.Host}\"]}}}}"), new()).Pull("registry.invalid/app:9", null, null, CancellationToken.None),
            Throws.TypeOf<EngineException>().With.Message.Contains(registry.Host).And.Message.Contains("registry.invalid"));

    [Test]
    public async Task A_pull_says_how_far_it_is_and_two_of_the_same_are_one()
    {
        var content = new byte[4_000_000];
        new Random(5).NextBytes(content);
        var name = registry.Push("large", "1", ("file", content));
        var gate = new TaskCompletionSource();
        registry.Gate = gate.Task;
        var told = new TaskCompletionSource<PullProgress>();
        var pull = new ImagePull(engine, () => Registries.None, new());
        var pulls = Task.WhenAll(pull.Pull(name, null, new Told(told), CancellationToken.None), pull.Pull(name, null, null, CancellationToken.None));
        var progress = await told.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.That(progress.Bytes, Is.Positive.And.LessThan(progress.TotalBytes));
        gate.SetResult();
        await pulls;
        Assert.That(await engine.FindImage(name), Is.Not.Null);
        Assert.That(registry.Asked.Count(p => p.Contains("/blobs/", StringComparison.Ordinal)), Is.EqualTo(2));
    }

    [Test]
    public async Task Collection_takes_what_was_pulled_and_leaves_what_was_loaded()
    {
        var book = new ImageBook();
        var name = registry.Push("collected", "1", ("file", "collected"u8.ToArray()));
        await new ImagePull(engine, () => Registries.None, book).Pull(name, null, null, CancellationToken.None);
        using var archive = new MemoryStream(ImageArchive.Of("localhost/kept:1", RuntimeInformation.ProcessArchitecture, ["/x"], [], ("x", "kept"u8.ToArray(), true)));
        book.Loaded("kept.tar", "1", await engine.LoadImages(archive));
        var time = new ManualTime();
        var collection = new ImageCollection(engine, book, new(), _ => Task.FromResult((99L, 100L)), time, _ => { });
        await collection.Look(CancellationToken.None);
        Assert.That(await engine.FindImage(name), Is.Not.Null, "too young to go");
        time.Advance(TimeSpan.FromMinutes(3));
        await collection.Look(CancellationToken.None);
        Assert.That(await engine.FindImage(name), Is.Null);
        Assert.That(await engine.FindImage("localhost/kept:1"), Is.Not.Null);
    }

    private sealed class Told(TaskCompletionSource<PullProgress> told) : IProgress<PullProgress>
    {
        public void Report(PullProgress value)
        {
            if (value.Bytes > 0) told.TrySetResult(value);
        }
    }
}
