using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Eviction;
using MiniKube.Machinery;

namespace MiniKube.Kubelet.Tests.Eviction;

[TestFixture]
public sealed class AcceptanceTests
{
    private static readonly Dictionary<string, Quantity> Node = new() { ["cpu"] = Quantity.Of(2), ["memory"] = Quantity.Parse("1Gi"), ["pods"] = Quantity.Of(3) };

    [TestCase("{cpu: 1500m}", "{cpu: 500m}", null)]
    [TestCase("{cpu: 1501m}", "{cpu: 500m}", "OutOfcpu: Pod was rejected: Node didn't have enough resource: cpu, requested: 500, used: 1501, capacity: 2000")]
    [TestCase("{memory: 1Gi}", "{memory: 1Mi}", "OutOfmemory: Pod was rejected: Node didn't have enough resource: memory, requested: 1048576, used: 1073741824, capacity: 1073741824")]
    [TestCase("{memory: 1Gi}", "{}", null)]
    public void Resources_must_suffice(string there, string asked, string? wanted) =>
        Assert.That(Text(Acceptance.Refusal(Pod("new", asked), [Pod("old", there)], Node, [])), Is.EqualTo(wanted));

    [Test]
    public void There_are_only_so_many_places()
    {
        Pod[] three = [Pod("a"), Pod("b"), Pod("c")];
        Assert.That(Text(Acceptance.Refusal(Pod("new"), three, Node, [])), Does.StartWith("OutOfpods"));
        Assert.That(Acceptance.Refusal(Pod("new"), [.. three[..2], three[2] with { Status = new() { Phase = "Succeeded" } }], Node, []), Is.Null);
    }

    [TestCase("MemoryPressure", "{}", "Evicted: Pod was rejected: The node had condition: [MemoryPressure]. ")]
    [TestCase("MemoryPressure", "{memory: 1Mi}", null)]
    [TestCase("DiskPressure", "{memory: 1Mi}", "Evicted: Pod was rejected: The node had condition: [DiskPressure]. ")]
    [TestCase("DiskPressure MemoryPressure", "{memory: 1Mi}", "Evicted: Pod was rejected: The node had condition: [DiskPressure MemoryPressure]. ")]
    public void Under_pressure_not_everybody_is_taken(string conditions, string asked, string? wanted) =>
        Assert.That(Text(Acceptance.Refusal(Pod("new", asked), [], Node, conditions.Split(' '))), Is.EqualTo(wanted));

    [Test]
    public void Critical_pods_are_taken_always() =>
        Assert.That(Acceptance.Refusal(Pod("new", more: "priority: 2000000000"), [], Node, ["DiskPressure"]), Is.Null);

    [Test]
    public void A_toleration_bears_memory_pressure() =>
        Assert.That(Acceptance.Refusal(Pod("new", more: "tolerations: [{key: node.kubernetes.io/memory-pressure, operator: Exists}]"), [], Node, ["MemoryPressure"]), Is.Null);

    [TestCase("{containerPort: 1, hostPort: 80}", true)]
    [TestCase("{containerPort: 1, hostPort: 80, protocol: UDP}", false)]
    [TestCase("{containerPort: 1, hostPort: 81}", false)]
    public void A_port_of_the_host_is_taken_once(string port, bool refused) =>
        Assert.That(Acceptance.Refusal(Pod("new", ports: port), [Pod("old", ports: "{containerPort: 1, hostPort: 80}")], Node, [])?.Reason, Is.EqualTo(refused ? "NodePorts" : null));

    [TestCase("os: {name: linux}", null)]
    [TestCase("os: {name: windows}", "PodOSNotSupported: Pod was rejected: Failed to admit pod as the OS field doesn't match node OS")]
    [TestCase("securityContext: {supplementalGroupsPolicy: Merge}", null)]
    [TestCase("securityContext: {supplementalGroupsPolicy: Strict}", "SupplementalGroupsPolicyNotSupported: Pod was rejected: SupplementalGroupsPolicy=Strict is not supported in this node")]
    public void What_cannot_be_kept_is_not_promised(string more, string? wanted) => Assert.That(Text(Acceptance.Refusal(Pod("new", more: more), [], Node, [])), Is.EqualTo(wanted));

    private static string? Text(MiniKube.Kubelet.Pods.PodEnd? end) => end is null ? null : $"{end.Reason}: {end.Message}";

    private static Pod Pod(string name, string requests = "{}", string more = "priority: 0", string ports = "")
    {
        var spec = (JsonMap)YamlReader.Read($"{{{more}, containers: [{{name: c, image: i, resources: {{requests: {requests}}}, ports: [{ports}]}}]}}");
        return KubeJson.FromTree<Pod>(new JsonMap
        {
            { "metadata", new JsonMap { { "name", name }, { "namespace", "ns" }, { "uid", name } } }, { "spec", spec },
            { "status", new JsonMap { { "phase", "Pending" }, { "qosClass", PodQos.Of(spec) } } },
        });
    }
}
