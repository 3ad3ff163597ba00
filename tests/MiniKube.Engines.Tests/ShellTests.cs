using MiniKube.Engines.Simulated;
using MiniKube.Kubelet;
using MiniKube.TestKit;

namespace MiniKube.Engines.Tests;

/// <summary>How much of a script a simulated container understands, and what it does with it.</summary>
[TestFixture]
public sealed class ShellTests
{
    private readonly ManualTime time = new();

    [TestCase("echo a b; echo 'c;  d'", "a b\nc;  d\n", 0)]
    [TestCase("A=1; echo \"$A\" ${A}2 '$A'", "1 12 $A\n", 0)]
    [TestCase("true && echo yes || echo no", "yes\n", 0)]
    [TestCase("false && echo yes || echo no", "no\n", 0)]
    [TestCase("false", "", 1)]
    [TestCase("exit 3; echo never", "", 3)]
    [TestCase("echo x > /tmp/f; echo y >> /tmp/f; cat /tmp/f # and so on", "x\ny\n", 0)]
    [TestCase("touch /tmp/f; test -f /tmp/f && echo there; rm /tmp/f; [ -f /tmp/f ] || echo gone", "there\ngone\n", 0)]
    [TestCase("echo -n a; sh -c 'echo b; exit 2'", "ab\n", 2)]
    [TestCase("cat /nosuch", "cat: can't open '/nosuch': No such file or directory\n", 1)]
    [TestCase("while true; do echo once; exit 4; done", "once\n", 4)]
    [TestCase("nginx -g daemon", "nginx: only simulated here\n", 0)]
    public async Task A_script_is_followed(string script, string output, int code) => Assert.That(await Run(script), Is.EqualTo((output, code)));

    [TestCase("for i in 1 2; do echo $i; done")]
    [TestCase("a | b")]
    [TestCase("echo $(date)")]
    [TestCase("while read l; do echo $l; done")]
    [TestCase("sleep 1 &")]
    [TestCase("echo 'open")]
    [TestCase("if true; then echo; fi")]
    [TestCase("while true; do echo")]
    public void What_it_cannot_follow_it_does_not_begin(string script) => Assert.That(ShellScript.Parse(script), Is.Null);

    [TestCase(true, "sh", "-c", "echo; exit 1")]
    [TestCase(true, "/bin/busybox", "sleep", "5")]
    [TestCase(true, "sh", "-c", "while true; do echo; sleep 1; done")]
    [TestCase(false, "sh", "-c", "nginx; exit 1")]
    [TestCase(false, "/usr/bin/server")]
    [TestCase(false)]
    public void It_knows_what_it_knows(bool known, params string[] command) => Assert.That(SimulatedShell.Understands(command), Is.EqualTo(known));

    [Test]
    public async Task It_sleeps_as_long_as_its_clock_says()
    {
        var running = Run("sleep 2m; echo up");
        Assert.That(running.IsCompleted, Is.False);
        time.Advance(TimeSpan.FromSeconds(119));
        Assert.That(running.IsCompleted, Is.False);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await running, Is.EqualTo(("up\n", 0)));
    }

    [Test]
    public async Task A_server_goes_on_until_it_is_asked_to_stop()
    {
        using var process = Process(serves: true, out var input, out _);
        process.Start(["nginx"]);
        Assert.That(process.Ended.IsCompleted, Is.False);
        process.Signal("SIGTERM");
        Assert.That(await process.Ended, Is.EqualTo(143));
        // Nobody waits for a reader that is gone.
        await input.Write(new byte[10], default);
    }

    private async Task<(string, int)> Run(string script)
    {
        using var process = Process(serves: false, out var input, out var output);
        await using var stream = new SimulatedStream(process, input, output, new(["sh", "-c", script]), closesInput: true);
        process.Start(["sh", "-c", script]);
        var said = new System.Text.StringBuilder();
        await foreach (var (_, data) in stream.Read()) said.Append(System.Text.Encoding.UTF8.GetString(data.Span));
        return (said.ToString(), await stream.ExitCode());
    }

    private SimulatedProcess Process(bool serves, out SimulatedInput input, out SimulatedOutput output) =>
        new(new(new([], () => new ContainerResources(), new(null, new(), [])), time) { Serves = serves }, input = new(), output = new());
}
