using System.Runtime.InteropServices;
using System.Text;
using MiniKube.Engines.Pause;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Tests;

/// <summary>What the node relies on, tried on every engine.</summary>
[TestFixture("docker")]
[TestFixture("containerd")]
[TestFixture("simulated")]
public sealed class EngineContract(string kind)
{
    private const string Image = "localhost/engine-test:1";

    private readonly IEngineDaemon daemon = EngineDaemons.Of(kind);
    private IContainerEngine engine = null!;
    private PodIdentity pod = null!;
    private SandboxInfo sandbox = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        await daemon.Start();
        engine = daemon.Connect("node");
        using var archive = new MemoryStream(ImageArchive.Of(Image, RuntimeInformation.ProcessArchitecture, [], ["PATH=/"], ("busybox", File.ReadAllBytes("/bin/busybox"), true)));
        await engine.LoadImages(archive);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (engine is not null) await engine.DisposeAsync();
        await daemon.DisposeAsync();
    }

    [SetUp]
    public async Task Sandbox()
    {
        pod = new(Guid.NewGuid().ToString(), "ns", "p");
        sandbox = await engine.RunSandbox(new(pod, 0, "the-host"));
    }

    [TearDown]
    public async Task Remove()
    {
        var state = await engine.Observe(pod.Uid);
        foreach (var container in state.Containers) await engine.RemoveContainer(container.Id);
        foreach (var one in state.Sandboxes) await engine.RemoveSandbox(one.Id);
    }

    [Test]
    public async Task Says_what_it_is() => Assert.That((await engine.Version()).ToString(), Does.StartWith($"{kind}://"));

    [Test]
    public async Task A_sandbox_is_found_by_its_labels()
    {
        var state = await engine.Observe(pod.Uid);
        Assert.That(state.Sandboxes.Single(), Has.Property("Running").True.And.Property("Pod").EqualTo(pod));
        // Nobody's namespaces are entered where there are none.
        Assert.That(state.Sandboxes.Single().Pid, kind == "simulated" ? Is.Zero : Is.Positive);
        Assert.That((await engine.Observe("another")).Sandboxes, Is.Empty);
        await using var elsewhere = daemon.Connect("another node");
        Assert.That((await elsewhere.Observe(null)).Sandboxes, Is.Empty);
    }

    [Test]
    public async Task A_stopped_sandbox_is_told_from_a_running_one()
    {
        await engine.StopSandbox(sandbox.Id);
        Assert.That((await engine.Observe(pod.Uid)).Sandboxes.Single().Running, Is.False);
    }

    [Test]
    public async Task A_container_ends_with_its_code_and_leaves_its_output()
    {
        var id = await Run("echo out; echo err >&2; exit 7");
        var ended = await Ended(id);
        Assert.That(ended, Has.Property("ExitCode").EqualTo(7).And.Property("Attempt").EqualTo(3).And.Property("SandboxId").EqualTo(sandbox.Id));
        Assert.That(ended.FinishedAt, Is.GreaterThanOrEqualTo(ended.StartedAt!.Value));
        Assert.That(await File.ReadAllTextAsync(ended.LogPath), Does.Contain("out").And.Contain("err"));
        Assert.That(ended.LayerPath, Is.Not.Empty);
        Assert.That(Directory.Exists(ended.LayerPath), Is.True);
        Assert.That(await engine.ImagesInUse(), Does.Contain((await engine.FindImage(Image))!.Id));
    }

    [Test]
    public async Task What_was_asked_for_is_what_it_gets()
    {
        var id = await engine.CreateContainer(Spec("/busybox env; /busybox id -u; /busybox pwd; /busybox hostname; /busybox cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max; /busybox sleep 1000") with
        {
            Environment = [new("A", "1"), new("B", "with = and spaces")],
            WorkingDir = "/tmp",
            Privileges = new() { User = 1234 },
            Resources = new() { MemoryBytes = 64 << 20 },
        });
        await engine.StartContainer(id);
        var log = await Logged(id, $"{64 << 20}");
        Assert.That(await File.ReadAllTextAsync(log), Does.Contain("A=1").And.Contain("B=with = and spaces").And.Contain("1234").And.Contain("/tmp").And.Contain("the-host"));
    }

    [Test]
    public async Task A_stop_asks_first_and_kills_later()
    {
        var polite = await Run("trap '/busybox echo bye; exit 3' TERM; /busybox echo ready; while true; do /busybox sleep 0.1; done");
        // Until it has said what it does with the signal, the kernel keeps it from the first process.
        await Logged(polite, "ready");
        await engine.StopContainer(polite, TimeSpan.FromSeconds(60));
        Assert.That((await engine.Observe(pod.Uid)).Containers.Single().Phase, Is.EqualTo(ContainerPhase.Exited), "who is told that it has ended finds it so");
        Assert.That((await Ended(polite)).ExitCode, Is.EqualTo(3));
        await engine.RemoveContainer(polite);
        var stubborn = await Run("trap '' TERM; while true; do /busybox sleep 0.1; done");
        await engine.StopContainer(stubborn, TimeSpan.FromSeconds(1));
        Assert.That((await engine.Observe(pod.Uid)).Containers.Single(), Has.Property("Phase").EqualTo(ContainerPhase.Exited).And.Property("ExitCode").EqualTo(137));
        // Once more does no harm.
        await engine.StopContainer(stubborn, TimeSpan.FromSeconds(1));
    }

    [Test]
    public async Task A_program_that_is_not_there_is_an_error_and_remembered()
    {
        var id = await engine.CreateContainer(Spec("") with { Entrypoint = ["/nosuch"], Arguments = null });
        Assert.That(async () => await engine.StartContainer(id), Throws.TypeOf<EngineException>());
        Assert.That((await engine.Observe(pod.Uid)).Containers.Single().Error, Does.Contain("/nosuch"));
    }

    [Test]
    public async Task Commands_run_in_a_container()
    {
        var id = await Run("/busybox sleep 1000");
        var result = await engine.ExecSync(id, ["/busybox", "sh", "-c", "echo hi; exit 4"], TimeSpan.FromSeconds(20));
        Assert.That(result, Is.EqualTo(new ExecResult(4, "hi\n")));
        var complaint = await engine.ExecSync(id, ["/busybox", "sh", "-c", "echo no >&2; exit 5"], TimeSpan.FromSeconds(20));
        Assert.That(complaint, Is.EqualTo(new ExecResult(5, "no\n") { Errors = "no\n" }));
        Assert.That(async () => await engine.ExecSync(id, ["/busybox", "sleep", "100"], TimeSpan.FromSeconds(0.5)), Throws.TypeOf<TimeoutException>());
    }

    [Test]
    public async Task A_sandbox_that_goes_leaves_what_is_known_of_its_containers()
    {
        var id = await Run("exit 6");
        await Ended(id);
        await engine.StopSandbox(sandbox.Id);
        await engine.RemoveSandbox(sandbox.Id);
        var next = await engine.RunSandbox(new(pod, 1, "the-host"));
        var state = await engine.Observe(pod.Uid);
        Assert.That(state.Sandboxes.Select(s => s.Id), Is.EqualTo(new[] { next.Id }));
        Assert.That(state.Containers.Single(), Has.Property("Id").EqualTo(id).And.Property("ExitCode").EqualTo(6));
        await engine.RemoveContainer(id);
        Assert.That((await engine.Observe(pod.Uid)).Containers, Is.Empty);
    }

    [Test]
    public async Task A_signal_of_ones_own_is_sent_first()
    {
        var id = await Run("trap 'exit 4' USR1; /busybox echo ready; while true; do /busybox sleep 0.1; done");
        await Logged(id, "ready");
        await engine.StopContainer(id, TimeSpan.FromSeconds(20), "SIGUSR1");
        Assert.That((await Ended(id)).ExitCode, Is.EqualTo(4));
    }

    [Test]
    public async Task What_is_read_from_a_terminal_has_its_size()
    {
        var id = await Run("/busybox sleep 1000");
        await using var stream = await engine.Exec(id, new(["/busybox", "sh", "-c", "/busybox sleep 0.3; /busybox stty size; read answer; /busybox echo got $answer"]) { Stdin = true, Tty = true });
        await stream.Resize(132, 43);
        await stream.Write("yes\n"u8.ToArray());
        var output = new StringBuilder();
        await foreach (var (_, data) in stream.Read()) output.Append(Encoding.UTF8.GetString(data.Span));
        Assert.That(output.ToString(), Does.Contain("43 132").And.Contain("got yes"));
        Assert.That(await stream.ExitCode(), Is.Zero);
    }

    [Test]
    public async Task Attaching_reaches_the_main_process()
    {
        var id = await engine.CreateContainer(Spec("/busybox cat; /busybox echo over") with { Stdin = true, StdinOnce = true });
        await engine.StartContainer(id);
        await using var stream = await engine.Attach(id, new([]) { Stdin = true });
        await stream.Write("through\n"u8.ToArray());
        await stream.CloseInput();
        var output = new StringBuilder();
        await foreach (var (_, data) in stream.Read()) output.Append(Encoding.UTF8.GetString(data.Span));
        Assert.That(output.ToString(), Is.EqualTo("through\nover\n"));
        await Ended(id);
    }

    [Test]
    public async Task Limits_change_while_it_runs()
    {
        var id = await engine.CreateContainer(Spec("while true; do /busybox cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max; /busybox sleep 0.1; done") with { Resources = new() { MemoryBytes = 64 << 20, CpuShares = 102, CpuQuota = 20_000, CpuPeriod = 100_000 } });
        await engine.StartContainer(id);
        async Task<(long?, long?, long?)> Told()
        {
            var told = (await engine.Observe(pod.Uid)).Containers.Single(c => c.Id == id).Resources;
            return (told?.MemoryBytes, told?.CpuShares, told?.CpuQuota);
        }
        Assert.That(await Told(), Is.EqualTo((64L << 20, 102L, 20_000L)));
        await engine.UpdateResources(id, new() { MemoryBytes = 96 << 20, CpuShares = 204, CpuQuota = 30_000, CpuPeriod = 100_000 });
        await Logged(id, $"{96 << 20}");
        Assert.That(await Told(), Is.EqualTo((96L << 20, 204L, 30_000L)));
    }

    [Test]
    public async Task Streams_lose_nothing_and_end()
    {
        var id = await Run("/busybox sleep 1000");
        await using var stream = await engine.Exec(id, new(["/busybox", "sh", "-c", "/busybox cat; /busybox echo done >&2; exit 5"]) { Stdin = true });
        var sent = new byte[3_000_000];
        for (var i = 0; i < sent.Length; i++) sent[i] = (byte)(i * 31 + i / 251);
        var writing = Task.Run(async () =>
        {
            await stream.Write(sent);
            await stream.CloseInput();
        });
        var (output, errors) = (new MemoryStream(), new StringBuilder());
        await foreach (var (kind, data) in stream.Read())
        {
            if (kind == StreamKind.Stdout) output.Write(data.Span);
            else errors.Append(Encoding.UTF8.GetString(data.Span));
        }
        await writing;
        Assert.That(output.ToArray().AsSpan().SequenceEqual(sent), Is.True);
        Assert.That(errors.ToString(), Is.EqualTo("done\n"));
        Assert.That(await stream.ExitCode(), Is.EqualTo(5));
    }

    [TestCase(true, false, "out\n")]
    [TestCase(false, true, "err\n")]
    [TestCase(false, false, "")]
    public async Task Only_what_is_asked_for_is_told(bool stdout, bool stderr, string told)
    {
        var id = await Run("/busybox sleep 1000");
        await using var stream = await engine.Exec(id, new(["/busybox", "sh", "-c", "/busybox echo out; /busybox echo err >&2; exit 3"]) { Stdout = stdout, Stderr = stderr });
        var output = new StringBuilder();
        await foreach (var (_, data) in stream.Read()) output.Append(Encoding.UTF8.GetString(data.Span));
        Assert.That((output.ToString(), await stream.ExitCode()), Is.EqualTo((told, 3)));
    }

    /// <summary>A megabyte is more than all pipes on the way hold.</summary>
    [TestCase(false)]
    [TestCase(true)]
    [CancelAfter(60_000)]
    public async Task Input_left_unread_keeps_no_end_back(bool attached, CancellationToken patience)
    {
        const string script = "read first; /busybox echo got $first; exit 6";
        var id = attached ? await engine.CreateContainer(Spec(script) with { Stdin = true, StdinOnce = true }, patience) : await Run("/busybox sleep 1000");
        if (attached) await engine.StartContainer(id, patience);
        await using var stream = attached ? await engine.Attach(id, new([]) { Stdin = true }, patience) : await engine.Exec(id, new(["/busybox", "sh", "-c", script]) { Stdin = true }, patience);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(patience);
        var writing = Task.Run(async () =>
        {
            await stream.Write("one\n"u8.ToArray(), over.Token);
            await stream.Write(new byte[1_000_000], over.Token);
        }, patience);
        var output = new StringBuilder();
        await foreach (var (_, data) in stream.Read(patience)) output.Append(Encoding.UTF8.GetString(data.Span));
        Assert.That(output.ToString(), Is.EqualTo("got one\n"));
        if (attached) Assert.That((await Ended(id)).ExitCode, Is.EqualTo(6));
        else Assert.That(await stream.ExitCode(patience), Is.EqualTo(6));
        await over.CancelAsync();
        await ((Task)writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [Test]
    public async Task Changes_are_told()
    {
        using var life = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var told = new List<EngineEventKind>();
        var listening = Task.Run(async () =>
        {
            await foreach (var change in engine.Events(life.Token))
            {
                if (change.PodUid != pod.Uid) continue;
                told.Add(change.Kind);
                if (change.Kind == EngineEventKind.Died) return;
            }
        });
        // The first is for certain only told once the engine listens: so it is said again until something was heard.
        while (!listening.IsCompleted)
        {
            var id = await Run("exit 0");
            await Ended(id);
            await engine.RemoveContainer(id);
        }
        await listening;
        Assert.That(told, Does.Contain(EngineEventKind.Died));
    }

    [Test]
    public async Task Who_is_told_of_an_end_finds_it_however_many_look()
    {
        using var life = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var found = new List<ContainerPhase>();
        var listening = Task.Run(async () =>
        {
            await foreach (var change in engine.Events(life.Token))
            {
                if (change.PodUid != pod.Uid || change.Kind != EngineEventKind.Died) continue;
                found.Add((await engine.Observe(pod.Uid)).Containers.Single(c => c.Id == change.ContainerId).Phase);
                if (found.Count == 10) return;
            }
        });
        var looking = Task.Run(async () =>
        {
            while (!listening.IsCompleted) await engine.Observe(pod.Uid);
        });
        for (var attempt = 0; !listening.IsCompleted; attempt++) await engine.StartContainer(await engine.CreateContainer(Spec("exit 0") with { Attempt = attempt }));
        await Task.WhenAll(listening, looking);
        Assert.That(found, Is.All.EqualTo(ContainerPhase.Exited));
    }

    [Test]
    public async Task Images_that_are_not_there_are_said_to_be_missing()
    {
        Assert.That(await engine.FindImage("localhost/none:1"), Is.Null);
        Assert.That(await engine.FindImage(Image), Is.Not.Null);
        Assert.That(async () => await engine.PullImage("localhost:1/none:1", null), Throws.TypeOf<EngineException>().With.Property("Fault").EqualTo(EngineFault.ImagePull));
    }

    private ContainerSpec Spec(string script) => new(pod, sandbox.Id, "c", 3, Image) { Entrypoint = ["/busybox", "sh", "-c", script] };

    private async Task<string> Run(string script)
    {
        var id = await engine.CreateContainer(Spec(script.Replace("echo", "/busybox echo", StringComparison.Ordinal).Replace("/busybox /busybox", "/busybox", StringComparison.Ordinal)));
        await engine.StartContainer(id);
        return id;
    }

    private async Task<string> Logged(string id, string words)
    {
        var path = (await engine.Observe(pod.Uid)).Containers.Single(c => c.Id == id).LogPath;
        await Until(async () => (await File.ReadAllTextAsync(path)).Contains(words, StringComparison.Ordinal));
        return path;
    }

    private async Task<ContainerInfo> Ended(string id)
    {
        ContainerInfo? found = null;
        await Until(async () => (found = (await engine.Observe(pod.Uid)).Containers.Single(c => c.Id == id)).Phase == ContainerPhase.Exited);
        return found!;
    }

    private static async Task Until(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await condition()) await Task.Delay(50, patience.Token);
    }
}
