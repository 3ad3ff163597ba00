using System.Globalization;
using System.Text.Json;
using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Node;

/// <summary>A containerd of minik's own: found again, started again, and gone without a trace.</summary>
[TestFixture]
public sealed class ContainerdTests
{
    private readonly OwnContainerd engine = new();
    private MinikProcess minik = null!;

    [SetUp]
    public async Task Start()
    {
        minik = await MinikProcess.Start(engine.Arguments);
        await engine.BringImage(minik);
        await Until.Says(() => minik.Kubectl("get nodes"), " Ready");
        await Do("apply -f -", """
            apiVersion: v1
            kind: Pod
            metadata: {name: p}
            spec:
              terminationGracePeriodSeconds: 1
              containers: [{name: c, image: localhost/busybox:1, imagePullPolicy: Never, command: [sh, -c, "trap exit TERM; while true; do sleep 0.1; done"], volumeMounts: [{name: m, mountPath: /m}]}]
              volumes: [{name: m, emptyDir: {medium: Memory}}]
            """);
        await Do("wait --for=condition=Ready pod/p --timeout=180s");
    }

    [TearDown]
    public async Task Stop()
    {
        await PodEngine.Clean(minik);
        await minik.DisposeAsync();
    }

    [Test]
    public async Task Containers_outlive_minik_and_their_engine()
    {
        var before = await Identity();
        await minik.Kill();
        await minik.Run();
        await Until.Says(() => minik.Kubectl("get nodes"), " Ready");
        Assert.That(await Identity(), Is.EqualTo(before));
        var first = Engine();
        await Shell.Run("kill", $"-KILL {first}");
        await Until.True(() => Engine() != first);
        await Until.True(async () => (await minik.Kubectl("exec p -- echo again")).Text == "again\n");
        Assert.That(await Identity(), Is.EqualTo(before));
    }

    [Test]
    public async Task After_a_power_cut_every_container_is_started_once_more()
    {
        var uid = await Do("get pod p -o jsonpath={.metadata.uid}");
        await minik.Kill();
        string[] Doomed() => [.. Directory.GetDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _) && (CommandLine(d).Contains(minik.Directory, StringComparison.Ordinal) || Read(d, "cgroup").Contains(uid, StringComparison.Ordinal))).Select(d => Path.GetFileName(d)!)];
        foreach (var process in Doomed()) await Shell.Run("kill", $"-KILL {process}");
        await Until.True(() => Doomed().Length == 0);
        await minik.Run();
        // Nobody saw it end: containerd says so, and the status what containerd says.
        await Until.True(async () => (await minik.Kubectl("get pod p -o jsonpath={.status.containerStatuses[0].restartCount}{.status.containerStatuses[0].ready}{.status.containerStatuses[0].lastState.terminated.reason}")).Text == "1trueUnknown");
        Assert.That(Processes().Count(p => p.Contains("containerd-shim", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [Test]
    public async Task Limits_change_in_place_and_the_figures_are_those_of_any_engine()
    {
        await Do("apply -f -", """
            apiVersion: v1
            kind: Pod
            metadata: {name: grows}
            spec:
              terminationGracePeriodSeconds: 1
              containers: [{name: c, image: localhost/busybox:1, imagePullPolicy: Never, command: [sh, -c, "echo said; touch /tmp/made; exec sleep 1000"], resources: {requests: {cpu: 100m, memory: 32Mi}, limits: {cpu: 200m, memory: 64Mi}}}]
            """);
        await Do("wait --for=condition=Ready pod/grows --timeout=180s");
        await Do("""patch pod grows --subresource resize --type strategic -p {"spec":{"containers":[{"name":"c","resources":{"requests":{"cpu":"150m","memory":"48Mi"},"limits":{"cpu":"300m","memory":"96Mi"}}}]}}""");
        await Until.Says(() => minik.Kubectl("exec grows -- sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max; true'"), $"{96 << 20}");
        await Until.Says(() => minik.Kubectl("get pod grows -o jsonpath={.status.containerStatuses[0].restartCount}:{.status.containerStatuses[0].resources.limits.cpu}"), "0:300m");

        var proxy = $"get --raw /api/v1/nodes/{Environment.MachineName.ToLowerInvariant()}/proxy";
        using var summary = JsonDocument.Parse(await Do($"{proxy}/stats/summary"));
        var pod = summary.RootElement.GetProperty("pods").EnumerateArray().First(p => p.GetProperty("podRef").GetProperty("name").GetString() == "grows");
        var container = pod.GetProperty("containers")[0];
        Assert.Multiple(() =>
        {
            Assert.That(summary.RootElement.GetProperty("node").GetProperty("runtime").GetProperty("imageFs").GetProperty("usedBytes").GetInt64(), Is.Positive);
            Assert.That(container.GetProperty("memory").GetProperty("workingSetBytes").GetInt64(), Is.InRange(1, 96 << 20));
            Assert.That(container.GetProperty("memory").GetProperty("availableBytes").GetInt64(), Is.GreaterThan(64 << 20));
            Assert.That(container.GetProperty("rootfs").GetProperty("inodesUsed").GetInt64(), Is.GreaterThanOrEqualTo(2));
            Assert.That(container.GetProperty("logs").GetProperty("usedBytes").GetInt64(), Is.Positive);
            Assert.That(pod.GetProperty("network").GetProperty("name").GetString(), Is.EqualTo("eth0"));
        });
        var metrics = await Do($"{proxy}/metrics/cadvisor");
        foreach (var name in (string[])["container_cpu_usage_seconds_total", "container_memory_working_set_bytes", "container_spec_memory_limit_bytes"])
            Assert.That(metrics.Split('\n').Where(l => l.StartsWith(name + "{", StringComparison.Ordinal) && l.Contains("container=\"c\"", StringComparison.Ordinal) && l.Contains("pod=\"grows\"", StringComparison.Ordinal)), Is.Not.Empty, name);
    }

    [Test]
    public async Task Attached_input_ends_and_the_rest_of_the_output_comes() =>
        Assert.That((await minik.Kubectl("run once -i --rm --quiet --restart=Never --image=localhost/busybox:1 --image-pull-policy=Never -- sh -c 'cat; echo over'", "line\n")).Text, Is.EqualTo("line\nover\n"));

    [Test]
    public async Task Nothing_is_left_after_a_cleanup()
    {
        var shims = Processes().Count(p => p.Contains("containerd-shim", StringComparison.Ordinal));
        Assert.That(shims, Is.Positive);
        var cleaned = await PodEngine.Clean(minik);
        Assert.That(cleaned.Code, Is.Zero, cleaned.All);
        Assert.That(Processes(), Is.Empty);
        Assert.That(File.ReadAllText("/proc/self/mounts"), Does.Not.Contain(minik.Directory));
        foreach (var part in (string[])["agent", "containerd"]) Assert.That(Directory.Exists(Path.Combine(minik.Directory, part)), Is.False, part);
    }

    private int Engine() => int.Parse(File.ReadAllText(Path.Combine(minik.Directory, "containerd", "containerd.pid")), CultureInfo.InvariantCulture);

    private async Task<string> Identity()
    {
        var status = await Do("get pod p -o jsonpath={.status.containerStatuses[0].containerID}:{.status.containerStatuses[0].restartCount}");
        return $"{status} {await Do("exec p -- sh -c 'cat /proc/1/stat'")}".Split(") ")[0];
    }

    private string[] Processes() =>
        [.. Directory.GetDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)).Select(CommandLine).Where(l => l.Contains(minik.Directory, StringComparison.Ordinal))];

    private static string CommandLine(string directory) => Read(directory, "cmdline");

    private static string Read(string directory, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private async Task<string> Do(string command, string? input = null)
    {
        var output = await minik.Kubectl(command, input);
        Assert.That(output.Code, Is.Zero, $"kubectl {command}: {output.All}");
        return output.Text;
    }
}
