using System.Text.RegularExpressions;
using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Node;

/// <summary>The shipped executable with a real engine: pods are processes, services lead to them, names are found.</summary>
[TestFixture("docker")]
[TestFixture("containerd")]
public sealed partial class PodTests(string kind)
{
    private const string Web = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              terminationGracePeriodSeconds: 2
              containers:
              - name: web
                image: localhost/busybox:1
                imagePullPolicy: IfNotPresent
                command: [sh, -c, "hostname > /www/index.html; echo started; exec httpd -f -p 8080 -h /www"]
                ports: [{containerPort: 8080, name: http}]
                readinessProbe: {httpGet: {path: /index.html, port: http}, periodSeconds: 1}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: http, nodePort: 30080}]}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: client}
        spec:
          terminationGracePeriodSeconds: 1
          containers: [{name: c, image: localhost/busybox:1, imagePullPolicy: IfNotPresent, command: [sh, -c, "trap exit TERM; while true; do sleep 0.1; done"]}]
        """;

    private IPodEngine engine = null!;
    private MinikProcess minik = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        engine = await PodEngine.Start(kind);
        minik = await MinikProcess.Start(engine.Arguments);
        await engine.BringImage(minik);
        await Until.Says(() => minik.Kubectl("get nodes"), " Ready");
        await Do("apply -f -", Web);
        await Do("rollout status deployment/web --timeout=180s");
        await Do("wait --for=condition=Ready pod/client --timeout=180s");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (minik is not null)
        {
            await PodEngine.Clean(minik);
            await minik.DisposeAsync();
        }
        if (engine is not null) await engine.DisposeAsync();
    }

    [Test]
    public async Task A_service_leads_to_every_pod_from_the_host()
    {
        var address = await Do("get service web -o jsonpath={.spec.clusterIP}");
        foreach (var place in (string[])[address, "127.0.0.1:30080"])
        {
            var names = new HashSet<string>();
            await Until.True(async () =>
            {
                var answer = await Shell.Run("curl", $"-sf -m 5 http://{place}/");
                if (answer.Code == 0) names.Add(answer.Text.Trim());
                return names.Count == 2;
            });
            Assert.That(names, Has.All.StartsWith("web-"), place);
        }
    }

    [TestCase("web")]
    [TestCase("web.default")]
    [TestCase("web.default.svc.cluster.local")]
    public async Task A_service_leads_to_a_pod_by_name(string name) => Assert.That(await Do($"exec client -- wget -qO- http://{name}"), Does.StartWith("web-"));

    [Test]
    public async Task Commands_have_input_output_and_a_code()
    {
        Assert.That(await Do("exec -i client -- cat", "through and through"), Is.EqualTo("through and through"));
        Assert.That((await minik.Kubectl("exec client -- sh -c 'exit 3'")).Code, Is.EqualTo(3));
        // As upstream's two engines tell it.
        var absent = await minik.Kubectl("exec client -- nosuch");
        Assert.That(absent.All, Does.Contain("OCI runtime exec failed: exec failed: unable to start container process: exec: \"nosuch\": executable file not found in $PATH: unknown"));
        Assert.That(absent.Code, Is.EqualTo(kind == "docker" ? 126 : 1));
        if (kind == "containerd") Assert.That(absent.All, Does.StartWith("error: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "));
    }

    [Test]
    public async Task Logs_are_read() => Assert.That(await Do("logs deployment/web"), Does.Contain("started"));

    [Test]
    public async Task Changed_configuration_arrives_while_the_pod_runs()
    {
        await Do("create configmap live --from-literal=key=before");
        await Do("apply -f -", """
            apiVersion: v1
            kind: Pod
            metadata: {name: reader}
            spec:
              terminationGracePeriodSeconds: 0
              containers: [{name: c, image: localhost/busybox:1, imagePullPolicy: IfNotPresent, command: [sleep, "1000"], volumeMounts: [{name: v, mountPath: /v}]}]
              volumes: [{name: v, configMap: {name: live}}]
            """);
        await Do("wait --for=condition=Ready pod/reader --timeout=180s");
        Assert.That(await Do("exec reader -- cat /v/key"), Is.EqualTo("before"));
        await Do("patch configmap live --type merge -p {\"data\":{\"key\":\"after\"}}");
        await Until.Says(() => minik.Kubectl("exec reader -- cat /v/key"), "after");
        await Do("delete pod reader");
    }

    [Test]
    public async Task A_set_keeps_its_data_and_the_disk_is_cleared_after_it()
    {
        await Do("apply -f -", """
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: db}
            spec:
              serviceName: db
              selector: {matchLabels: {app: db}}
              volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}}]
              template:
                metadata: {labels: {app: db}}
                spec:
                  securityContext: {runAsUser: 1000, fsGroup: 2000}
                  terminationGracePeriodSeconds: 0
                  containers: [{name: c, image: localhost/busybox:1, imagePullPolicy: IfNotPresent, command: [sh, -c, "echo again >> /data/log; exec sleep 1000"], volumeMounts: [{name: data, mountPath: /data}]}]
            """);
        await Do("rollout status statefulset/db --timeout=180s");
        var before = await Do("get pod db-0 -o jsonpath={.metadata.uid}");
        await Do("delete pod db-0");
        await Until.True(async () => (await minik.Kubectl("get pod db-0 -o jsonpath={.metadata.uid}{.status.phase}")).Text is var now && now.EndsWith("Running", StringComparison.Ordinal) && !now.StartsWith(before, StringComparison.Ordinal));
        Assert.That((await Do("exec db-0 -- cat /data/log")).Trim(), Is.EqualTo("again\nagain"));
        Assert.That(await Do("get pvc data-db-0 -o jsonpath={.spec.storageClassName}:{.status.phase}"), Is.EqualTo("local-path:Bound"));
        var storage = Path.Combine(minik.Directory, "storage");
        Assert.That(Directory.GetDirectories(storage), Has.Length.EqualTo(1));
        Assert.That(File.GetUnixFileMode(storage) & (UnixFileMode)0b111, Is.EqualTo(UnixFileMode.None));
        var node = await Do("get nodes -o jsonpath={.items[0].metadata.name}");
        Assert.That(await Do($"get --raw /api/v1/nodes/{node}/proxy/metrics"), Does.Match("kubelet_volume_stats_capacity_bytes\\{namespace=\"default\",persistentvolumeclaim=\"data-db-0\"\\} [1-9]"));
        Assert.That(await Do($"get --raw /api/v1/nodes/{node}/proxy/stats/summary"), Does.Contain("\"pvcRef\":{\"name\":\"data-db-0\",\"namespace\":\"default\"}"));
        await Do("delete statefulset/db pvc/data-db-0");
        await Until.True(async () => (await Do("get pv -o name")).Length == 0);
        Assert.That(Directory.GetDirectories(storage), Is.Empty);
    }

    [Test]
    public async Task Failures_have_upstreams_names()
    {
        await Do("apply -f -", string.Join("\n---\n", new (string, string)[]
        {
            ("crash", "image: localhost/busybox:1, imagePullPolicy: IfNotPresent, command: [sh, -c, \"echo gone > /dev/termination-log; exit 7\"]"),
            ("noimage", "image: \"localhost:1/none:1\""),
            ("noconfig", "image: localhost/busybox:1, imagePullPolicy: IfNotPresent, env: [{name: X, valueFrom: {configMapKeyRef: {name: none, key: x}}}]"),
        }.Select(p => $"{{apiVersion: v1, kind: Pod, metadata: {{name: {p.Item1}}}, spec: {{containers: [{{name: c, {p.Item2}}}]}}}}")));
        await Until.Says(() => minik.Kubectl("get pods"), "CrashLoopBackOff");
        await Until.Says(() => minik.Kubectl("get pods"), "ImagePullBackOff");
        await Until.Says(() => minik.Kubectl("get pods"), "CreateContainerConfigError");
        Assert.That(await Do("get pod crash -o jsonpath={.status.containerStatuses[0].lastState.terminated.exitCode}:{.status.containerStatuses[0].lastState.terminated.message}"), Does.StartWith("7:gone"));
        await Do("delete pod crash noimage noconfig");
        // Their containers are gone with them.
        Assert.That(Directory.GetDirectories(Path.Combine(minik.Directory, "agent", "pods")).Select(Path.GetFileName), Is.EquivalentTo((await Do("get pods -o jsonpath={.items[*].metadata.uid}")).Split(' ')));
    }

    [Test]
    public async Task A_private_registry_opens_with_a_pull_secret()
    {
        await using var registry = new LoopbackRegistry { Login = "user:right" };
        var name = registry.Push("private/app", "1", ("bin/busybox", await File.ReadAllBytesAsync("/bin/busybox")));
        await Do($"create secret docker-registry login --docker-server={registry.Host} --docker-username=user --docker-password=right");
        foreach (var (pod, secrets) in new (string, string)[] { ("outside", ""), ("inside", "imagePullSecrets: [{name: login}], ") })
            await Do("apply -f -", $"{{apiVersion: v1, kind: Pod, metadata: {{name: {pod}}}, spec: {{{secrets}terminationGracePeriodSeconds: 0, containers: [{{name: c, image: \"{name}\", imagePullPolicy: Always, command: [/bin/busybox, sleep, \"1000\"]}}]}}}}");
        await Do("wait --for=condition=Ready pod/inside --timeout=180s");
        await Until.Says(() => minik.Kubectl("get pod outside"), "ImagePullBackOff");
        Assert.That(await Do("get events --field-selector involvedObject.name=inside"), Does.Contain($"Successfully pulled image \"{name}\""));
        await Do("delete pod inside outside");
        // Not while a container of it is on its way out.
        await Until.Says(() => Shell.Run(MinikProcess.Binary, $"image remove {name} --data-dir {minik.Directory}"), $"removed {name}");
    }

    [Test]
    public async Task A_mirror_stands_in_for_a_registry_that_is_out_of_reach()
    {
        await using var registry = new LoopbackRegistry { Login = "user:right" };
        registry.Push("kept/app", "1", ("bin/busybox", await File.ReadAllBytesAsync("/bin/busybox")));
        var mirrors = Path.Combine(minik.Directory, "registries.yaml");
        await File.WriteAllTextAsync(mirrors, $"mirrors: {{far.invalid: {{endpoint: [\"http://{registry.Host}\"], rewrite: {{\"^team/(.*)\": kept/$1}}}}}}\nconfigs: {{\"{registry.Host}\": {{auth: {{username: user, password: right}}}}}}\n");
        await Do("apply -f -", "{apiVersion: v1, kind: Pod, metadata: {name: far}, spec: {terminationGracePeriodSeconds: 0, containers: [{name: c, image: \"far.invalid/team/app:1\", command: [/bin/busybox, sleep, \"1000\"]}]}}");
        await Do("wait --for=condition=Ready pod/far --timeout=180s");
        Assert.That(await Do("get events --field-selector involvedObject.name=far"), Does.Contain("Successfully pulled image \"far.invalid/team/app:1\""));
        Assert.That(await Do("get pod far -o jsonpath={.status.containerStatuses[0].image}"), Is.EqualTo("far.invalid/team/app:1"));
        await Do("delete pod far");
        await Until.Says(() => Shell.Run(MinikProcess.Binary, $"image remove far.invalid/team/app:1 --data-dir {minik.Directory}"), "removed far.invalid/team/app:1");
        File.Delete(mirrors);
    }

    [Test]
    public async Task A_crash_of_minik_leaves_pods_alone()
    {
        async Task<string> Containers() => await Do("get pods -l app=web -o jsonpath={.items[*].status.containerStatuses[*].containerID}") + await Do("get pod client -o jsonpath={.status.containerStatuses[*].containerID}");
        var before = await Containers();
        await minik.Kill();
        await minik.Run();
        await Until.Says(() => minik.Kubectl("get nodes"), " Ready");
        await Do("rollout status deployment/web --timeout=180s");
        Assert.That(await Do("exec client -- wget -qO- http://web"), Does.StartWith("web-"));
        Assert.That(await Containers(), Is.EqualTo(before));
        Assert.That(await Do("get pods -l app=web"), Does.Match(Unrestarted()));
    }

    [GeneratedRegex(@"1/1\s+Running\s+0 ")]
    private static partial Regex Unrestarted();

    private async Task<string> Do(string command, string? input = null)
    {
        var output = await minik.Kubectl(command, input);
        Assert.That(output.Code, Is.Zero, $"kubectl {command}: {output.All}");
        return output.Text;
    }
}
