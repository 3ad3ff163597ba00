using System.Text.Json.Nodes;
using MiniKube.TestKit;
using static MiniKube.E2E.Tests.Node.Agent.AgentHost;

namespace MiniKube.E2E.Tests.Node.Agent;

/// <summary>Other amounts for a running pod.</summary>
public abstract class ResizeTests
{
    private const string Amounts = "resources: {requests: {cpu: 100m, memory: 32Mi}, limits: {cpu: 200m, memory: 64Mi}}";

    [Test]
    public async Task A_container_gets_other_limits_and_runs_on()
    {
        await Run("grows", $"command: [sleep, \"1000\"], {Amounts}");
        var container = await Of("grows", ".status.containerStatuses[0].containerID");
        await Patch("grows", """{"requests":{"cpu":"150m","memory":"48Mi"},"limits":{"cpu":"300m","memory":"96Mi"}}""");
        await Until.Says(() => Minik.Kubectl("get pod grows -o jsonpath={.status.containerStatuses[0].resources.limits.memory}"), "96Mi");
        Assert.That(await Of("grows", ".status.containerStatuses[0].allocatedResources.cpu"), Is.EqualTo("150m"));
        Assert.That(await Of("grows", ".status.containerStatuses[0].containerID"), Is.EqualTo(container));
        Assert.That(await Of("grows", ".status.containerStatuses[0].restartCount"), Is.EqualTo("0"));
        Assert.That(await Limit("grows", "memory", "memory.limit_in_bytes", "memory.max"), Is.EqualTo($"{96 << 20}"));
        Assert.That(await Limit("grows", "cpu", "cpu.cfs_quota_us", "cpu.max"), Does.StartWith("30000"));
        await Until.True(async () => !(await Of("grows", ".status.conditions[*].type")).Contains("PodResize", StringComparison.Ordinal));
        await Told("grows", "Normal:ResizeStarted:Pod resize started: {\"containers\":[{\"name\":\"c\",\"resources\":{\"limits\":{\"cpu\":\"300m\",\"memory\":\"96Mi\"},\"requests\":{\"cpu\":\"150m\",\"memory\":\"48Mi\"}}}],\"generation\":2}");
        await Told("grows", "Normal:ResizeCompleted:Pod resize completed: {\"containers\":");
        await Gone("grows");
    }

    [Test]
    public async Task A_policy_of_restart_restarts()
    {
        await Run("restarts", $"command: [sh, -c, \"trap exit TERM; while true; do sleep 0.1; done\"], resizePolicy: [{{resourceName: memory, restartPolicy: RestartContainer}}], {Amounts}");
        await Patch("restarts", """{"limits":{"memory":"80Mi"}}""");
        await Until.Says(() => Minik.Kubectl("get pod restarts -o jsonpath={.status.containerStatuses[0].restartCount}:{.status.containerStatuses[0].resources.limits.memory}"), "1:80Mi");
        await Gone("restarts");
    }

    [Test]
    public async Task A_pod_gets_other_limits_as_a_whole_and_its_containers_with_it()
    {
        await Run("grows-whole", "command: [sleep, \"1000\"]", "resources: {requests: {cpu: 100m, memory: 32Mi}, limits: {cpu: 200m, memory: 64Mi}}");
        Assert.That(await Limit("grows-whole", "memory", "memory.limit_in_bytes", "memory.max"), Is.EqualTo($"{64 << 20}"));
        var container = await Of("grows-whole", ".status.containerStatuses[0].containerID");
        await Change("grows-whole", "resize", spec => spec["resources"] = JsonNode.Parse("""{"requests":{"cpu":"150m","memory":"48Mi"},"limits":{"cpu":"300m","memory":"96Mi"}}"""));
        await Until.Says(() => Minik.Kubectl("get pod grows-whole -o jsonpath={.status.resources.limits.memory}:{.status.allocatedResources.cpu}"), "96Mi:150m");
        Assert.That(await Of("grows-whole", ".status.containerStatuses[0].containerID"), Is.EqualTo(container));
        Assert.That(await Limit("grows-whole", "memory", "memory.limit_in_bytes", "memory.max"), Is.EqualTo($"{96 << 20}"));
        Assert.That(await Limit("grows-whole", "memory", "../memory.limit_in_bytes", "../memory.max"), Is.EqualTo($"{96 << 20}"));
        Assert.That(await Limit("grows-whole", "cpu", "../cpu.cfs_quota_us", "../cpu.max"), Does.StartWith("30000"));
        await Change("grows-whole", "resize", spec => spec["resources"] = JsonNode.Parse("""{"requests":{"cpu":"50m","memory":"32Mi"},"limits":{"cpu":"100m","memory":"64Mi"}}"""));
        await Until.Says(() => Minik.Kubectl("get pod grows-whole -o jsonpath={.status.resources.limits.memory}"), "64Mi");
        Assert.That(await Limit("grows-whole", "memory", "../memory.limit_in_bytes", "../memory.max"), Is.EqualTo($"{64 << 20}"));
        Assert.That(await Limit("grows-whole", "cpu", "../cpu.cfs_quota_us", "../cpu.max"), Does.StartWith("10000"));
        await Until.True(async () => !(await Of("grows-whole", ".status.conditions[*].type")).Contains("PodResize", StringComparison.Ordinal));
        await Gone("grows-whole");
    }

    [Test]
    public async Task What_the_node_has_not_got_is_pending()
    {
        await Run("asks-too-much", $"command: [sleep, \"1000\"], {Amounts}");
        await Patch("asks-too-much", """{"requests":{"cpu":"900"},"limits":{"cpu":"900"}}""");
        await Until.Says(() => Minik.Kubectl("get pod asks-too-much -o jsonpath={range.status.conditions[*]}{.type}={.reason}:{.message};{end}"), "PodResizePending=Infeasible:Node didn't have enough capacity: cpu, requested: 900000, capacity: ");
        Assert.That(await Of("asks-too-much", ".status.containerStatuses[0].resources.limits.cpu"), Is.EqualTo("200m"));
        Assert.That(await Of("asks-too-much", ".status.containerStatuses[0].allocatedResources.cpu"), Is.EqualTo("100m"));
        await Patch("asks-too-much", """{"requests":{"cpu":"100m"},"limits":{"cpu":"200m"}}""");
        await Until.True(async () => !(await Of("asks-too-much", ".status.conditions[*].type")).Contains("PodResize", StringComparison.Ordinal));
        await Gone("asks-too-much");
    }

    private static Task Patch(string pod, string resources) => Change(pod, "resize", spec =>
    {
        foreach (var (kind, amounts) in JsonNode.Parse(resources)!.AsObject())
            foreach (var (name, amount) in amounts!.AsObject()) spec["containers"]![0]!["resources"]![kind]![name] = amount!.DeepClone();
    });
}
