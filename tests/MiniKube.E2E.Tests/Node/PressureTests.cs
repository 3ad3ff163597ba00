using MiniKube.TestKit;

namespace MiniKube.E2E.Tests.Node;

/// <summary>A node that has less than it is told to keep free: the thresholds are a setting, what is left is what the machine has.</summary>
[TestFixture("docker")]
[TestFixture("containerd")]
public sealed class PressureTests(string kind)
{
    private IPodEngine engine = null!;
    private MinikProcess minik = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        engine = await PodEngine.Start(kind);
        minik = await MinikProcess.Start([.. engine.Arguments, "--eviction-pressure-transition-period", "2s", "--eviction-hard", "memory.available<99.9%"]);
        await engine.BringImage(minik);
        await Until.Says(() => minik.Kubectl("get nodes"), " Ready");
        await Until.Says(() => minik.Kubectl("get serviceaccounts"), "default");
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
    public async Task Under_memory_pressure_pods_are_evicted_and_new_ones_refused()
    {
        var node = Environment.MachineName.ToLowerInvariant();
        await Until.Says(() => minik.Kubectl($"get node {node} -o jsonpath={{.status.conditions[?(@.type==\"MemoryPressure\")].status}}"), "True");
        await Until.Says(() => minik.Kubectl($"get node {node} -o jsonpath={{.spec.taints}}"), "node.kubernetes.io/memory-pressure");
        await Until.Says(() => minik.Kubectl("get events -A"), "EvictionThresholdMet");
        // One that the pressure allows for is taken, and then goes because somebody has to.
        await minik.Kubectl("apply -f -", Pod("asks", "resources: {requests: {memory: 1Mi}, limits: {memory: 64Mi}}"));
        await minik.Kubectl("apply -f -", Pod("asks-nothing", ""));
        await Until.Says(() => minik.Kubectl("get pod asks-nothing -o jsonpath={.status.phase}:{.status.reason}:{.status.message}"), "Failed:Evicted:Pod was rejected: The node had condition: [MemoryPressure]. ");
        await Until.Says(() => minik.Kubectl("get pod asks -o jsonpath={.status.phase}:{.status.reason}:{.status.message}"), "Failed:Evicted:The node was low on resource: memory. Threshold quantity: ");
        Assert.That((await minik.Kubectl("get pod asks -o jsonpath={.status.conditions[?(@.type==\"DisruptionTarget\")].reason}")).Text, Is.EqualTo("TerminationByKubelet"));
        await Until.Says(() => minik.Kubectl("get events --field-selector involvedObject.name=asks"), "The node was low on resource: memory");
        await Until.Says(() => minik.Kubectl($"get --raw /api/v1/nodes/{node}/proxy/metrics"), "kubelet_evictions{eviction_signal=\"memory.available\"} 1");
    }

    [Test]
    public async Task Who_fills_more_of_the_disk_than_allowed_goes()
    {
        await minik.Kubectl("apply -f -", Pod("fills", "volumeMounts: [{name: v, mountPath: /v}]", "priorityClassName: system-node-critical, volumes: [{name: v, emptyDir: {sizeLimit: 1Mi}}]", "dd if=/dev/zero of=/v/f bs=1024 count=3000; sleep 1000").Replace("name: fills}", "name: fills, namespace: kube-system}", StringComparison.Ordinal));
        await Until.Says(() => minik.Kubectl("get pod -n kube-system fills -o jsonpath={.status.phase}:{.status.reason}:{.status.message}"), "Failed:Evicted:Usage of EmptyDir volume \"v\" exceeds the limit \"1Mi\". ");
    }

    // Bound by hand: the scheduler would heed the taint.
    private static string Pod(string name, string container, string spec = "", string command = "sleep 1000") =>
        $"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{nodeName: {Environment.MachineName.ToLowerInvariant()}, terminationGracePeriodSeconds: 30, {spec}{(spec.Length > 0 ? ", " : "")}containers: [{{name: c, image: {DockerHost.Image}, imagePullPolicy: IfNotPresent, command: [sh, -c, \"{command}\"]{(container.Length > 0 ? ", " : "")}{container}}}]}}}}";
}
