using System.Collections.Concurrent;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;

namespace MiniKube.Cluster.Tests.Nodes;

/// <summary>Hooks that fail: what is said of them, and what happens then.</summary>
[TestFixture]
public sealed class HookTests : OnSimulatedNode
{
    private readonly CancellationTokenSource life = new();

    // What was told of containers that wait, however soon something else was.
    private readonly ConcurrentQueue<string> waited = new();
    private Task watching = Task.CompletedTask;

    [OneTimeSetUp]
    public void Watch()
    {
        var pods = new Cache<Pod>(Resources.Of<Pod>());
        pods.Subscribe(change =>
        {
            if (change.New?.Value.Status?.ContainerStatuses?.SingleOrDefault()?.State?.Waiting is { Message: { } told } waiting) waited.Enqueue($"{waiting.Reason}: {told}");
        });
        watching = new Informer(Cluster.Api, pods, TimeProvider.System).Run(life.Token);
    }

    [OneTimeTearDown]
    public async Task Leave()
    {
        await life.CancelAsync();
        await watching;
        life.Dispose();
    }

    [TestCase("failing", "{exec: {command: [sh, -c, echo out; echo no >&2; exit 3]}}",
        "Exec lifecycle hook ([sh -c echo out; echo no >&2; exit 3]) for Container \"c\" in Pod \"failing_default(UID)\" failed - error: command 'sh -c echo out; echo no >&2; exit 3' exited with 3: no\n, message: \"out\\nno\\n\"")]
    [TestCase("dialling", "{tcpSocket: {port: 80}}",
        "Cannot run handler: invalid handler: &LifecycleHandler{Exec:nil,HTTPGet:nil,TCPSocket:&TCPSocketAction{Port:{0 80 },Host:,},Sleep:nil,}")]
    [TestCase("named", "{tcpSocket: {port: web, host: h}}",
        "Cannot run handler: invalid handler: &LifecycleHandler{Exec:nil,HTTPGet:nil,TCPSocket:&TCPSocketAction{Port:{1 0 web},Host:h,},Sleep:nil,}")]
    public async Task A_hook_that_fails_after_the_start_ends_its_container_with_both_hooks(string name, string hook, string message)
    {
        await Cluster.Create<Pod>($"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{nodeName: n, terminationGracePeriodSeconds: 1, containers: [{{name: c, image: server, lifecycle: {{postStart: {hook}, preStop: {{exec: {{command: [sh, -c, exit 1]}}}}}}}}]}}}}");
        var uid = (await Cluster.Get<Pod>(name))!.Uid;
        await Eventually(async () => waited.Contains($"PostStartHookError: {message}".Replace("UID", uid, StringComparison.Ordinal)) && await Told(name, "FailedPostStartHook", "PostStartHook failed")
            && await Told(name, "Killing", "FailedPostStartHook") && await Told(name, "FailedPreStopHook", "PreStopHook failed"), () => string.Join('\n', waited));
    }

    [Test]
    public async Task A_hook_that_hangs_is_cut_off_with_the_grace_and_said_to_have_failed()
    {
        await Cluster.Create<Pod>("{apiVersion: v1, kind: Pod, metadata: {name: hangs}, spec: {nodeName: n, terminationGracePeriodSeconds: 3, containers: [{name: c, image: server, lifecycle: {preStop: {exec: {command: [sleep, infinity]}}}}]}}");
        await Cluster.Until<Pod>("hangs", p => p.Value.Status?.Phase == "Running", seconds: 60);
        await Cluster.Delete<Pod>("hangs");
        await Eventually(async () => await Cluster.Get<Pod>("hangs") is null && await Told("hangs", "FailedPreStopHook", "PreStopHook failed"), () => "it never goes");
    }

    private async Task<bool> Told(string pod, string reason, string message) =>
        (await Cluster.List<Event>()).Any(e => e.Value.InvolvedObject?.Name == pod && e.Value.Reason == reason && e.Value.Message == message);
}
