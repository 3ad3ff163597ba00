using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using MiniKube.Engines.Pause;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Tests;

/// <summary>Commands in real containers: those that aren't there, and those whose client goes away.</summary>
[TestFixture("docker")]
[TestFixture("containerd")]
public sealed class CommandTests(string kind)
{
    private const string Image = "localhost/command-test:1";
    private const string Words = "OCI runtime exec failed: exec failed: unable to start container process: exec: \"nosuch\": executable file not found in $PATH: unknown";

    private readonly IEngineDaemon daemon = EngineDaemons.Of(kind);
    private readonly PodIdentity pod = new(Guid.NewGuid().ToString(), "ns", "p");
    private IContainerEngine engine = null!;
    private SandboxInfo sandbox = null!;
    private string container = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        await daemon.Start();
        engine = daemon.Connect("node");
        using var archive = new MemoryStream(ImageArchive.Of(Image, RuntimeInformation.ProcessArchitecture, [], ["PATH=/"], ("busybox", File.ReadAllBytes("/bin/busybox"), true)));
        await engine.LoadImages(archive);
        sandbox = await engine.RunSandbox(new(pod, 0, "the-host"));
        container = await engine.CreateContainer(new(pod, sandbox.Id, "c", 0, Image) { Entrypoint = ["/busybox", "sleep", "1000"] });
        await engine.StartContainer(container);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (container is not null) await engine.RemoveContainer(container);
        if (sandbox is not null) await engine.RemoveSandbox(sandbox.Id);
        if (engine is not null) await engine.DisposeAsync();
        await daemon.DisposeAsync();
    }

    /// <summary>As upstream's engines have it: over the CRI it never ran, with Docker it ended with 126.</summary>
    [Test]
    public async Task One_that_is_not_there_is_said_to_be_missing()
    {
        if (kind == "containerd")
        {
            Assert.That(async () => await engine.Exec(container, new(["nosuch"])), Throws.TypeOf<EngineException>()
                .With.Message.Match($"^error executing command in container: failed to exec in container: failed to start exec \"[0-9a-f]+\": {Regex.Escape(Words)}$"));
            return;
        }
        await using var stream = await engine.Exec(container, new(["nosuch"]));
        var output = new StringBuilder();
        await foreach (var (_, data) in stream.Read()) output.Append(Encoding.UTF8.GetString(data.Span));
        Assert.That((output.ToString().TrimEnd(), await stream.ExitCode()), Is.EqualTo((Words, 126)));
    }

    /// <summary>What only writes is left alone, as ever.</summary>
    [Test]
    public async Task One_that_reads_ends_when_nobody_is_left_to_send_it_anything()
    {
        await using (var stream = await engine.Exec(container, new(["/busybox", "sh", "-c", "/busybox cat; /busybox touch /over"]) { Stdin = true })) await stream.Write("some"u8.ToArray());
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await engine.ExecSync(container, ["/busybox", "test", "-e", "/over"], TimeSpan.FromSeconds(20), patience.Token)).ExitCode != 0) await Task.Delay(50, patience.Token);
    }
}
