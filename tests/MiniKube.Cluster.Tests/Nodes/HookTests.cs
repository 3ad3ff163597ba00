using System.Collections.Concurrent;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.TestKit;

namespace MiniKube.Cluster.Tests.Nodes;

/// <summary>Hooks that fail: what is said of them, and what happens then.</summary>
[TestFixture]
public sealed class HookTests
{
    private readonly ManualTime time = new();
    private readonly CancellationTokenSource life = new();

    // What was told of containers that wait, however soon something else was.
    private readonly ConcurrentQueue<string> waited = new();
    private Task watching = Task.CompletedTask;
    private TestCluster cluster = null!;
    private SimulatedNode node = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        cluster = await TestCluster.Start(nodes: 0);
        await cluster.Until<ServiceAccount>("default", _ => true, seconds: 60);
        var pods = new Cache<Pod>(Resources.Of<Pod>());
        pods.Subscribe(change =>
        {
            if (change.New?.Value.Status?.ContainerStatuses?.SingleOrDefault()?.State?.Waiting is { Message: { } told } waiting) waited.Enqueue($"{waiting.Reason}: {told}");
        });
        watching = new Informer(cluster.Api, pods, TimeProvider.System).Run(life.Token);
        node = new(cluster, "n", time);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (node is not null) await node.DisposeAsync();
        await life.CancelAsync();
        await watching;
        life.Dispose();
        await cluster.DisposeAsync();
    }

    [TestCase("failing", "{exec: {command: [sh, -c, echo out; echo no >&2; exit 3]}}",
        "Exec lifecycle hook ([sh -c echo out; echo no >&2; exit 3]) for Container \"c\" in Pod \"failing_default(UID)\" failed - error: command 'sh -c echo out; echo no >&2; exit 3' exited with 3: no\n, message: \"out\\nno\\n\"")]
    [TestCase("dialling", "{tcpSocket: {port: 80}}",
        "Cannot run handler: invalid handler: &LifecycleHandler{Exec:nil,HTTPGet:nil,TCPSocket:&TCPSocketAction{Port:{0 80 },Host:,},Sleep:nil,}")]
    [TestCase("named", "{tcpSocket: {port: web, host: h}}",
        "Cannot run handler: invalid handler: &LifecycleHandler{Exec:nil,HTTPGet:nil,TCPSocket:&TCPSocketAction{Port:{1 0 web},Host:h,},Sleep:nil,}")]
    public async Task A_hook_that_fails_after_the_start_ends_its_container_with_both_hooks(string name, string hook, string message)
    {
        await cluster.Create<Pod>($"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{nodeName: n, terminationGracePeriodSeconds: 1, containers: [{{name: c, image: server, lifecycle: {{postStart: {hook}, preStop: {{exec: {{command: [sh, -c, exit 1]}}}}}}}}]}}}}");
        var uid = (await cluster.Get<Pod>(name))!.Uid;
        await cluster.Until(async () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return waited.Contains($"PostStartHookError: {message}".Replace("UID", uid, StringComparison.Ordinal)) && await Told(name, "FailedPostStartHook", "PostStartHook failed")
                && await Told(name, "Killing", "FailedPostStartHook") && await Told(name, "FailedPreStopHook", "PreStopHook failed");
        }, () => Task.FromResult(string.Join('\n', waited)), seconds: 60);
    }

    [Test]
    public async Task A_hook_that_hangs_is_cut_off_with_the_grace_and_said_to_have_failed()
    {
        await cluster.Create<Pod>("{apiVersion: v1, kind: Pod, metadata: {name: hangs}, spec: {nodeName: n, terminationGracePeriodSeconds: 3, containers: [{name: c, image: server, lifecycle: {preStop: {exec: {command: [sleep, infinity]}}}}]}}");
        await cluster.Until<Pod>("hangs", p => p.Value.Status?.Phase == "Running", seconds: 60);
        await cluster.Delete<Pod>("hangs");
        await cluster.Until(async () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return await cluster.Get<Pod>("hangs") is null && await Told("hangs", "FailedPreStopHook", "PreStopHook failed");
        }, () => Task.FromResult("it never goes"), seconds: 60);
    }

    private async Task<bool> Told(string pod, string reason, string message) =>
        (await cluster.List<Event>()).Any(e => e.Value.InvolvedObject?.Name == pod && e.Value.Reason == reason && e.Value.Message == message);
}
