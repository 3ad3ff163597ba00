using System.Text.Json.Nodes;
using MiniKube.TestKit;
using static MiniKube.E2E.Tests.Node.Agent.AgentHost;

namespace MiniKube.E2E.Tests.Node.Agent;

/// <summary>Hooks, messages, deadlines, probes and streams of real containers.</summary>
public abstract class LifecycleTests
{
    private const string Sleeps = "command: [sleep, \"1000\"]";

    [Test]
    public async Task The_signal_that_a_container_names_asks_it_to_end()
    {
        // Nobody finds it ill before it is ready for the signal.
        const string arms = "trap 'exit 42' USR1; touch /armed; while true; do sleep 0.1; done";
        await Do("apply -f -", Pod("signalled", $"command: [sh, -c, \"{arms}\"], lifecycle: {{stopSignal: SIGUSR1}}, livenessProbe: {{exec: {{command: [sh, -c, \"! test -f /armed\"]}}, periodSeconds: 1, failureThreshold: 1}}",
            "restartPolicy: Never, os: {name: linux}").Replace("terminationGracePeriodSeconds: 1,", "terminationGracePeriodSeconds: 100,", StringComparison.Ordinal));
        await Until.Says(() => Minik.Kubectl("get pod signalled -o jsonpath={.status.containerStatuses[0].state.terminated.exitCode}:{.status.containerStatuses[0].stopSignal}"), "42:SIGUSR1");
        await Gone("signalled");
    }

    [Test]
    public async Task A_hook_that_fails_after_the_start_ends_the_container()
    {
        await Do("apply -f -", Pod("hooked", $"{Sleeps}, lifecycle: {{postStart: {{exec: {{command: [sh, -c, \"echo no; exit 1\"]}}}}}}"));
        await Told("hooked", "Warning:FailedPostStartHook:PostStartHook failed");
        await Told("hooked", "Normal:Killing:FailedPostStartHook");
        await Until.True(async () => (await Of("hooked", ".status.containerStatuses[0].restartCount")) is not ("" or "0"));
        await Gone("hooked");
    }

    [Test]
    public async Task A_hook_that_fails_before_the_end_is_told_and_changes_nothing()
    {
        await Run("parting", "command: [sh, -c, \"trap exit TERM; while true; do sleep 0.1; done\"], lifecycle: {preStop: {exec: {command: [sh, -c, \"exit 1\"]}}}", "restartPolicy: Always");
        await Do("delete pod parting");
        await Told("parting", "Warning:FailedPreStopHook:PreStopHook failed");
    }

    [TestCase("FallbackToLogsOnError", "last line of the log")]
    [TestCase("File", "")]
    public async Task Last_words_come_from_the_log_only_when_asked_for(string policy, string words)
    {
        var name = $"words-{policy.ToLowerInvariant()}";
        await Do("apply -f -", Pod(name, $"command: [sh, -c, \"echo last line of the log; exit 3\"], terminationMessagePolicy: {policy}", "restartPolicy: Never"));
        await Until.Says(() => Minik.Kubectl($"get pod {name} -o jsonpath={{.status.phase}}"), "Failed");
        Assert.That((await Of(name, ".status.containerStatuses[0].state.terminated.message")).Trim(), Is.EqualTo(words));
        await Gone(name);
    }

    [Test]
    public async Task All_logs_are_searched_as_one()
    {
        await Do("apply -f -", Pod("talks", "command: [sh, -c, \"[ -e /v/was ] || { touch /v/was; echo a needle first; exit 1; }; echo hay; echo a Needle again; sleep 1000\"], volumeMounts: [{name: v, mountPath: /v}]", "restartPolicy: Always, volumes: [{name: v, emptyDir: {}}]"));
        await Until.Says(() => Minik.Kubectl("logs talks"), "Needle again");
        await Run("talks-later", "command: [sh, -c, \"echo the last needle; sleep 1000\"]");
        await Until.Says(() => Minik.Kubectl("logs talks-later"), "needle");
        Task<Output> Search(string flags) => Shell.Run(MinikProcess.Binary, $"logs --data-dir {Minik.Directory} {flags}");
        static string[] Said(Output output) => [.. output.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ', 2)[1])];
        Assert.That(Said(await Search("--search needle -i")), Is.EqualTo((string[])["default/talks/c: a needle first", "default/talks/c: a Needle again", "default/talks-later/c: the last needle"]));
        Assert.That(Said(await Search("-n default --search needle --tail 1")), Is.EqualTo((string[])["default/talks-later/c: the last needle"]));
        Assert.That((await Search("-n kube-system --search needle")).All, Is.Empty);
        Assert.That((await Search("--search hay -o json")).Text, Does.EndWith("\"namespace\":\"default\",\"pod\":\"talks\",\"container\":\"c\",\"line\":\"hay\"}\n"));
        // What is gone has had its say all the same.
        await Do("delete pod talks talks-later");
        Assert.That(Said(await Search("--search needle -i")), Is.EqualTo((string[])["default/talks/c: a needle first", "default/talks/c: a Needle again", "default/talks-later/c: the last needle"]));
        Assert.That(Said(await Search("--search needle --pod talks-later -c c --since 1h")), Is.EqualTo((string[])["default/talks-later/c: the last needle"]));
    }

    [Test]
    public async Task Rules_of_a_container_restart_it_whatever_its_pod_says()
    {
        await Do("apply -f -", Pod("ruled", "command: [sh, -c, \"exit 42\"], restartPolicy: Never, restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [42]}}]", "restartPolicy: Never"));
        await Until.Says(() => Minik.Kubectl("get pod ruled -o jsonpath={.status.phase}:{.status.containerStatuses[0].state.waiting.reason}:{.status.containerStatuses[0].lastState.terminated.exitCode}"), "Running:CrashLoopBackOff:42");
        await Told("ruled", "Normal:Started:Container started");
        await Gone("ruled");
    }

    [Test]
    public async Task An_init_container_hands_variables_on_in_a_file()
    {
        const string shared = "volumeMounts: [{name: v, mountPath: /v}]";
        await Do("apply -f -", Pod("handed", "command: [sh, -c, \"echo got $K\"], env: [{name: K, valueFrom: {fileKeyRef: {volumeName: v, path: e, key: K}}}]", $"restartPolicy: Never, volumes: [{{name: v, emptyDir: {{}}}}], initContainers: [{{name: i, image: {DockerHost.Image}, imagePullPolicy: IfNotPresent, command: [sh, -c, \"echo \\\"K='a value'\\\" >/v/e\"], {shared}}}]"));
        await Until.Says(() => Minik.Kubectl("logs handed -c c"), "got a value");
        await Gone("handed");
    }

    [Test]
    public async Task A_deadline_ends_a_pod()
    {
        await Do("apply -f -", Pod("late", Sleeps, "activeDeadlineSeconds: 2"));
        await Until.Says(() => Minik.Kubectl("get pod late -o jsonpath={.status.phase}:{.status.reason}:{.status.message}"), "Failed:DeadlineExceeded:Pod was active on the node longer than the specified deadline");
        await Told("late", "Normal:DeadlineExceeded:Pod was active on the node longer than the specified deadline");
        await Gone("late");
    }

    [Test]
    public async Task A_part_of_a_volume_is_named_by_the_environment()
    {
        await Run("parts", $"{Sleeps}, env: [{{name: ME, valueFrom: {{fieldRef: {{fieldPath: metadata.name}}}}}}], volumeMounts: [{{name: v, mountPath: /part, subPathExpr: $(ME)/logs}}, {{name: v, mountPath: /all}}]", "volumes: [{name: v, emptyDir: {}}]");
        await Do("exec parts -- touch /part/made");
        Assert.That(await Do("exec parts -- ls /all/parts/logs"), Is.EqualTo("made\n"));
        await Gone("parts");
    }

    [TestCase("httpGet: {port: 9}", "Readiness probe failed: Get \"http://")]
    [TestCase("tcpSocket: {port: 9}", "Readiness probe failed: dial tcp ")]
    [TestCase("grpc: {port: 9}", "Readiness probe failed: timeout: failed to connect service ")]
    [TestCase("exec: {command: [sh, -c, \"echo unwell; exit 1\"]}", "Readiness probe failed: unwell")]
    public async Task A_probe_that_fails_says_why(string probe, string message)
    {
        var name = $"probed-{probe.Split(':')[0].ToLowerInvariant()}";
        await Do("apply -f -", Pod(name, $"{Sleeps}, readinessProbe: {{periodSeconds: 1, {probe}}}"));
        await Told(name, $"Warning:Unhealthy:{message}");
        Assert.That(await Of(name, ".status.containerStatuses[0].ready"), Is.EqualTo("false"));
        await Gone(name);
    }

    [Test]
    public async Task A_server_of_grpc_health_is_asked()
    {
        await using var server = await HealthServer.Start();
        const string asks = "readinessProbe: {periodSeconds: 1, grpc: {port: PORT, service: SERVICE}}";
        string Probe(string service) => $"{Sleeps}, {asks.Replace("PORT", $"{server.Port}", StringComparison.Ordinal).Replace("SERVICE", service, StringComparison.Ordinal)}";
        await Run("healthy", Probe("well"), "hostNetwork: true");
        await Do("apply -f -", Pod("unhealthy", Probe("ill"), "hostNetwork: true"));
        await Told("unhealthy", "Warning:Unhealthy:Readiness probe failed: service unhealthy (responded with \"NOT_SERVING\")");
        await Do("apply -f -", Pod("unknown", Probe("other"), "hostNetwork: true"));
        await Told("unknown", "Warning:Unhealthy:Readiness probe failed: ");
        Assert.That(await Of("unhealthy", ".status.containerStatuses[0].ready"), Is.EqualTo("false"));
        foreach (var pod in (string[])["healthy", "unhealthy", "unknown"]) await Gone(pod);
    }

    [Test]
    public async Task Who_is_ready_says_no_more_why_not()
    {
        await Run("content", Sleeps);
        await Until.True(async () => await Of("content", ".status.conditions[?(@.type==\"Ready\")].status") == "True");
        Assert.That(await Of("content", ".status.conditions[*].message"), Is.Empty);
        await Gone("content");
    }

    [Test]
    public async Task Whoever_attaches_talks_to_the_process()
    {
        await Run("attached", "stdin: true, stdinOnce: true, command: [sh, -c, \"read line; echo got $line\"]", "restartPolicy: Never");
        // The answer is in the log too, however quickly the client goes.
        await Shell.Run("timeout", $"60 {KubectlVersions.Default} --kubeconfig {Minik.Kubeconfig} attach -i attached", "hello\n");
        await Until.Says(() => Minik.Kubectl("logs attached"), "got hello");
        await Gone("attached");
    }

    [Test]
    public async Task A_command_that_leaves_its_input_unread_ends_all_the_same()
    {
        await Run("unread", Sleeps);
        var end = await Minik.Kubectl("exec -i unread -- sh -c 'echo seen; exit 6'", new string('x', 1_000_000));
        Assert.That((end.Text, end.Errors.Trim(), end.Code), Is.EqualTo(("seen\n", "command terminated with exit code 6", 6)));
        await Gone("unread");
    }

    [Test]
    public async Task A_running_pod_gets_a_container_to_look_at_it_with()
    {
        await Run("looked-at", Sleeps);
        await Change("looked-at", "ephemeralcontainers", spec => spec["ephemeralContainers"] = JsonNode.Parse($$"""
            [{"name":"look","image":"{{DockerHost.Image}}","imagePullPolicy":"IfNotPresent","targetContainerName":"c","command":["sh","-c","cat /proc/1/cmdline"]}]
            """));
        await Until.Says(() => Minik.Kubectl("logs looked-at -c look"), "sleep");
        await Until.Says(() => Minik.Kubectl("get pod looked-at -o jsonpath={.status.ephemeralContainerStatuses[0].state.terminated.reason}"), "Completed");
        await Gone("looked-at");
    }

    [Test]
    public async Task Files_are_copied_both_ways()
    {
        await Run("copied", Sleeps);
        var directory = Directory.CreateTempSubdirectory("minik-cp-").FullName;
        try
        {
            var content = new byte[2_000_000];
            for (var i = 0; i < content.Length; i++) content[i] = (byte)(i * 7 + i / 253);
            await File.WriteAllBytesAsync($"{directory}/there", content);
            await Do($"cp {directory}/there copied:/tmp/there");
            await Do($"cp copied:/tmp/there {directory}/back");
            Assert.That((await File.ReadAllBytesAsync($"{directory}/back")).AsSpan().SequenceEqual(content), Is.True);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
        await Gone("copied");
    }
}
