using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Node;

/// <summary>A node whose engine isn't there: it says so, and the cluster goes on without it.</summary>
[TestFixture]
public sealed class NoEngineTests
{
    [TestCase("docker")]
    [TestCase("containerd")]
    public async Task The_node_says_why_and_the_api_goes_on(string runtime)
    {
        await using var minik = await MinikProcess.Start("--runtime", runtime, "--container-runtime-endpoint", "unix:///nonexistent/engine.sock");
        var node = Environment.MachineName.ToLowerInvariant();
        await Until.Says(() => minik.Kubectl($"get node {node} -o jsonpath={{.status.conditions[?(@.type==\"Ready\")].status}}:{{.status.conditions[?(@.type==\"Ready\")].message}}"), "False:container runtime is down: ");
        Assert.That((await minik.Kubectl($"get node {node} -o jsonpath={{.status.conditions[?(@.type==\"Ready\")].message}}")).Text, Does.Contain("isn't there: /nonexistent/engine.sock doesn't exist; start "));
        var made = await minik.Kubectl("create configmap c --from-literal=a=b");
        Assert.That(made.Code, Is.Zero, made.All);
        Assert.That((await minik.Kubectl("get configmap c -o jsonpath={.data.a}")).Text, Is.EqualTo("b"));
        await PodEngine.Clean(minik);
    }

    [Test]
    public async Task Where_none_is_named_nor_installed_the_node_says_what_to_do()
    {
        await using var minik = await MinikProcess.StartWith([("PATH", "/nonexistent"), ("DOCKER_HOST", "unix:///nonexistent/engine.sock")]);
        await Until.Says(() => minik.Kubectl("get nodes -o jsonpath={.items[*].status.conditions[?(@.type==\"Ready\")].status}:{.items[*].status.conditions[?(@.type==\"Ready\")].message}"), "apt-get install docker.io, or containerd");
        Assert.That((await minik.Kubectl("create configmap c --from-literal=a=b")).Code, Is.Zero);
        await PodEngine.Clean(minik);
    }

    [Test]
    public async Task A_simulated_engine_takes_pods_through_everything_but_running()
    {
        await using var minik = await MinikProcess.Start("--runtime", "simulated");
        await Until.Says(() => minik.Kubectl("get nodes"), " Ready");
        var applied = await minik.Kubectl("apply -f -", """
            apiVersion: v1
            kind: Pod
            metadata: {name: p}
            spec:
              initContainers: [{name: first, image: setup}]
              containers:
              - {name: web, image: nginx, readinessProbe: {httpGet: {port: 80}}}
              - {name: script, image: busybox, command: [sh, -c, "echo hello from $HOSTNAME; sleep infinity"]}
            """);
        Assert.That(applied.Code, Is.Zero, applied.All);
        await Until.Says(() => minik.Kubectl("get pod p"), "2/2");
        Assert.That((await minik.Kubectl("logs p -c script")).Text, Is.EqualTo("hello from p\n"));
        Assert.That((await minik.Kubectl("exec p -c web -- hostname")).Text, Is.EqualTo("p\n"));
        Assert.That((await minik.Kubectl("delete pod p")).Code, Is.Zero);
    }

    [Test]
    public async Task Where_containerd_is_only_installed_minik_runs_one_of_its_own()
    {
        await using var minik = await MinikProcess.StartWith([("DOCKER_HOST", "unix:///nonexistent/engine.sock")]);
        await Until.Says(() => minik.Kubectl("get nodes"), " Ready");
        Assert.That(await File.ReadAllTextAsync(minik.Log), Does.Contain($"containers run on containerd at {minik.Directory}/containerd/containerd.sock, which minik runs itself"));
        await PodEngine.Clean(minik);
    }

    [Test]
    public async Task Docker_is_taken_where_it_answers_though_containerd_is_there_too()
    {
        await using var docker = await DockerHost.Start();
        await using var minik = await MinikProcess.StartWith([("DOCKER_HOST", docker.Socket)]);
        await Until.Says(() => minik.Kubectl("get nodes"), " Ready");
        Assert.That(await File.ReadAllTextAsync(minik.Log), Does.Contain($"containers run on docker at {docker.Socket["unix://".Length..]}"));
        await PodEngine.Clean(minik);
    }
}
