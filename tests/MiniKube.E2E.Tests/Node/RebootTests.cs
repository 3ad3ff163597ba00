using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Node;

/// <summary>The power is cut with everything running, and comes back: pods go on as pods of a node do that was rebooted.</summary>
[TestFixture("docker", "Error")]
[TestFixture("containerd", "Unknown")]
public sealed class RebootTests(string kind, string lost)
{
    private Machine machine = null!;
    private IPodEngine engine = null!;
    private MinikProcess minik = null!;

    [SetUp]
    public async Task Start()
    {
        machine = await Machine.Boot();
        engine = await PodEngine.Start(kind, machine.Place);
        minik = await MinikProcess.StartIn(machine.Place, [.. engine.Arguments, "--node-name", "rebooted"]);
        await engine.BringImage(minik);
        await Until.Says(() => minik.Kubectl("get nodes"), " Ready");
        await Until.Says(() => minik.Kubectl("get serviceaccounts"), "default");
    }

    [TearDown]
    public async Task Stop()
    {
        if (minik is not null)
        {
            await minik.Stop();
            await machine.Run($"{MinikProcess.Binary} cleanup --data-dir {minik.Directory}");
            await minik.DisposeAsync();
        }
        if (engine is not null) await engine.DisposeAsync();
        if (machine is not null) await machine.DisposeAsync();
    }

    [Test]
    public async Task Pods_go_on_where_they_were()
    {
        await Do("create secret generic s --from-literal=key=secret");
        await Do("apply -f -", Manifests.Replace("IMAGE", DockerHost.Image, StringComparison.Ordinal));
        await Do("wait --for=condition=Ready pod/web pod/never --timeout=180s");
        await Until.Says(() => minik.Kubectl("get pods -l job-name=work"), "Running");
        await Until.Says(() => minik.Kubectl("get pod over -o jsonpath={.status.phase}"), "Succeeded");
        await Do("exec web -c c -- touch /disk/kept /memory/lost");
        var (web, boot, old) = (await Of("pod web", ".metadata.uid"), await Of("node rebooted", ".status.nodeInfo.bootID"), await Of("pod -l job-name=work", ".items[0].metadata.name"));

        await minik.Kill();
        await engine.Reboot(() => machine.CutPower([minik.Directory, engine.Root, .. Pods()]), () => machine.Place);
        await minik.RunIn(machine.Place);

        await Until.Says(() => minik.Kubectl("get pod web -o jsonpath={range.status.containerStatuses[*]}{.restartCount}:{.ready}:{.lastState.terminated.reason}:{.lastState.terminated.exitCode}{end}"), $"1:true:{lost}:255");
        Assert.That(await Of("pod web", ".status.initContainerStatuses[*].restartCount"), Is.EqualTo("1 1"));
        Assert.That(await Of("pod web", ".status.phase}:{.status.conditions[?(@.type==\"Ready\")].status"), Is.EqualTo("Running:True"));
        await Until.Says(() => minik.Kubectl("get events --field-selector involvedObject.name=web,reason=SandboxChanged -o jsonpath={.items[0].message}"), "Pod sandbox changed, it will be killed and re-created.");
        // The disk is what it was, memory is empty, the secret is there again, and so is the node's port.
        Assert.That(await Do("exec web -c c -- sh -c 'cat /disk/inits; ls /disk/kept /memory; cat /s/key'"), Is.EqualTo("x\nx\n/disk/kept\n\n/memory:\nsecret"));
        await Until.Says(() => machine.Run("curl -s -m 5 http://192.0.2.77:7652/"), "here");
        Assert.That(Machine.Processes(web), Is.EqualTo(3), "a sandbox and two containers, each of them once");

        await Until.Says(() => minik.Kubectl("get pod never -o jsonpath={.status.phase}:{.status.containerStatuses[0].state.terminated.reason}:{.status.containerStatuses[0].state.terminated.exitCode}:{.status.containerStatuses[0].restartCount}"), $"Failed:{lost}:255:0");
        Assert.That(await Of("pod over", ".status.phase"), Is.EqualTo("Succeeded"));
        Assert.That(await Do("logs over"), Is.EqualTo("hello\n"));
        await Until.Says(() => minik.Kubectl("get job work -o jsonpath={.status.failed}:{.status.active}"), "1:1");
        Assert.That(await Of($"pod {old}", ".status.phase"), Is.EqualTo("Failed"));

        var now = await Of("node rebooted", ".status.nodeInfo.bootID");
        Assert.That(now, Is.Not.EqualTo(boot));
        await Until.Says(() => minik.Kubectl("get events --field-selector involvedObject.kind=Node,reason=Rebooted -o jsonpath={.items[*].type}:{.items[*].message}"), $"Warning:Node rebooted has been rebooted, boot id: {now}");

        await Do("delete job/work pod/web pod/never pod/over --timeout=120s");
        await Until.True(async () => (await machine.Run("ip -o link show type veth")).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).All(l => l.Contains(": up", StringComparison.Ordinal)));
        await Until.True(() => Machine.Processes(web) == 0);
        await Until.True(() => !Directory.Exists(Path.Combine(minik.Directory, "agent", "pods", web)));
    }

    /// <summary>The pods that have left something of theirs with the node.</summary>
    private string[] Pods() => [.. Directory.GetDirectories(Path.Combine(minik.Directory, "agent", "pods")).Select(d => Path.GetFileName(d)!)];

    private const string Manifests = """
        apiVersion: v1
        kind: Pod
        metadata: {name: web}
        spec:
          terminationGracePeriodSeconds: 1
          volumes: [{name: m, emptyDir: {medium: Memory}}, {name: d, emptyDir: {}}, {name: s, secret: {secretName: s}}]
          initContainers:
          - {name: i, image: IMAGE, command: [sh, -c, "echo x >> /disk/inits"], volumeMounts: [{name: d, mountPath: /disk}]}
          - {name: side, image: IMAGE, restartPolicy: Always, command: [sleep, "10000"]}
          containers:
          - name: c
            image: IMAGE
            command: [sh, -c, "echo here > /www/index.html; exec httpd -f -p 8080 -h /www"]
            ports: [{containerPort: 8080, hostPort: 7652}]
            volumeMounts: [{name: m, mountPath: /memory}, {name: d, mountPath: /disk}, {name: s, mountPath: /s}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: never}
        spec: {terminationGracePeriodSeconds: 1, restartPolicy: Never, containers: [{name: c, image: IMAGE, command: [sleep, "10000"]}]}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: over}
        spec: {restartPolicy: Never, containers: [{name: c, image: IMAGE, command: [echo, hello]}]}
        ---
        apiVersion: batch/v1
        kind: Job
        metadata: {name: work}
        spec: {template: {spec: {terminationGracePeriodSeconds: 1, restartPolicy: Never, containers: [{name: c, image: IMAGE, command: [sleep, "10000"]}]}}}
        """;

    private Task<string> Of(string what, string path) => Do($"get {what} -o jsonpath={{{path}}}");

    private async Task<string> Do(string command, string? input = null)
    {
        var output = await minik.Kubectl(command, input);
        Assert.That(output.Code, Is.Zero, $"kubectl {command}: {output.All}");
        return output.Text;
    }
}
