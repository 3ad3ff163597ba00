using MiniKube.TestKit;
using static MiniKube.E2E.Tests.Node.Agent.AgentHost;

namespace MiniKube.E2E.Tests.Node.Agent;

/// <summary>What can't be had is said: upstream's reason, an event, and the others are none the wiser.</summary>
public abstract class RefusalTests
{
    private const string Sleeps = "command: [sleep, \"1000\"]";

    [TestCase("csi: {driver: x.example}", "driver name x.example not found in the list of registered CSI drivers")]
    [TestCase("awsElasticBlockStore: {volumeID: x}", "no volume plugin matched: awsElasticBlockStore")]
    [TestCase("nfs: {server: 127.0.0.1, path: /x}", "mount failed")]
    [TestCase("hostPath: {path: /etc/passwd, type: Directory}", "hostPath type check failed: /etc/passwd is not a directory")]
    [TestCase("hostPath: {path: /nosuch, type: Socket}", "hostPath type check failed: /nosuch is not a socket file")]
    [TestCase("configMap: {name: nosuch}", "configmap \"nosuch\" not found")]
    [TestCase("secret: {secretName: nosuch}", "secret \"nosuch\" not found")]
    public async Task A_volume_that_cannot_be_is_told(string volume, string message)
    {
        var name = $"refused-{volume.GetHashCode(StringComparison.Ordinal) & 0xffff}";
        await Do("apply -f -", Pod(name, $"{Sleeps}, volumeMounts: [{{name: v, mountPath: /v}}]", $"volumes: [{{name: v, {volume}}}]"));
        var told = await Told(name, message);
        Assert.That(told, Does.Contain("Warning:FailedMount:MountVolume.SetUp failed for volume \"v\" : "));
        Assert.That(await Of(name, ".status.containerStatuses[0].state.waiting.reason"), Is.EqualTo("ContainerCreating"));
        await Gone(name);
    }

    [Test]
    public async Task A_program_that_is_not_there_fails_to_start()
    {
        await Do("apply -f -", Pod("noprogram", "command: [/nosuch]", "restartPolicy: Never"));
        await Until.Says(() => Minik.Kubectl("get pod noprogram -o jsonpath={.status.phase}:{.status.containerStatuses[0].state.terminated.reason}:{.status.containerStatuses[0].state.terminated.exitCode}"), "Failed:StartError:128");
        await Gone("noprogram");
    }

    [Test]
    public async Task More_than_the_node_has_is_refused()
    {
        await Do("apply -f -", Pod("toolarge", $"{Sleeps}, resources: {{requests: {{cpu: \"900\"}}}}", $"nodeName: {AgentHost.Node}"));
        await Until.Says(() => Minik.Kubectl("get pod toolarge -o jsonpath={.status.phase}:{.status.reason}:{.status.message}"), "Failed:OutOfcpu:Pod was rejected: Node didn't have enough resource: cpu, requested: 900000");
        // It never had containers: its state is why it was refused.
        Assert.That(await Do("get pod toolarge"), Does.Contain(" OutOfcpu "));
        await Gone("toolarge");
    }
}
