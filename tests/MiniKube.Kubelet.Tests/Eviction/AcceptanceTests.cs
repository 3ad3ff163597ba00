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

    [TestCase(null, true)]
    [TestCase(false, true)]
    [TestCase(true, false)]
    public void Groups_are_left_out_only_by_an_engine_that_can(bool? able, bool refused) =>
        Assert.That(Acceptance.Refusal(Pod("new", more: "securityContext: {supplementalGroupsPolicy: Strict}"), [], Node, [], abilities: new() { GroupsPolicy = able }) is not null, Is.EqualTo(refused));

    [TestCase("kernel.shm_rmid_forced", "", null)]
    [TestCase("net.ipv4.tcp_rmem", "", null)]
    [TestCase("net/ipv4/tcp_syncookies", "", null)]
    [TestCase("net.core.somaxconn", "", "SysctlForbidden: Pod was rejected: forbidden sysctl: \"net.core.somaxconn\" not allowlisted")]
    [TestCase("net.core.somaxconn", "net.core.*", null)]
    [TestCase("kernel.msgmax", "net.core.*,kernel.msgmax", null)]
    [TestCase("kernel.msgmax", "kernel.msgma", "SysctlForbidden: Pod was rejected: forbidden sysctl: \"kernel.msgmax\" not allowlisted")]
    public void Only_what_concerns_nobody_else_may_be_set(string sysctl, string allowed, string? wanted) =>
        Assert.That(Text(Acceptance.Refusal(Pod("new", more: $"securityContext: {{sysctls: [{{name: {sysctl}, value: \"1\"}}]}}"), [], Node, [], null, allowed.Split(',', StringSplitOptions.RemoveEmptyEntries))), Is.EqualTo(wanted));

    [TestCase("hostNetwork: true", "net.ipv4.tcp_syncookies", "net")]
    [TestCase("hostIPC: true", "kernel.shm_rmid_forced", "ipc")]
    [TestCase("hostIPC: true", "net.ipv4.tcp_syncookies", null)]
    public void The_nodes_own_settings_stay(string shared, string sysctl, string? with) =>
        Assert.That(Acceptance.Refusal(Pod("new", more: $"{shared}, securityContext: {{sysctls: [{{name: {sysctl}, value: \"1\"}}]}}"), [], Node, [])?.Message,
            Is.EqualTo(with is null ? null : $"Pod was rejected: forbidden sysctl: \"{sysctl}\" not allowed with host {with} enabled"));

    [TestCase("securityContext: {appArmorProfile: {type: RuntimeDefault}}", false, "AppArmor: Pod was rejected: Cannot enforce AppArmor: AppArmor is not enabled on the host")]
    [TestCase("securityContext: {appArmorProfile: {type: RuntimeDefault}}", true, null)]
    [TestCase("securityContext: {appArmorProfile: {type: Unconfined}}", false, null)]
    [TestCase("priority: 0", false, null)]
    public void A_profile_that_nobody_would_enforce_is_not_promised(string more, bool enforced, string? wanted) =>
        Assert.That(Text(Acceptance.Refusal(Pod("new", more: more), [], Node, [], appArmor: enforced)), Is.EqualTo(wanted));

    [TestCase("net.core.*", null)]
    [TestCase("kernel.sem", null)]
    [TestCase("vm.swappiness", "the sysctl \"vm.swappiness\" is not known to be namespaced")]
    public void What_has_no_namespace_can_be_allowed_to_nobody(string pattern, string? fault) => Assert.That(MiniKube.Kubelet.Containers.Sysctls.FaultOf(pattern), Is.EqualTo(fault));

    [TestCase("nodeSelector: {disk: fast}", null)]
    [TestCase("nodeSelector: {disk: slow}", "NodeAffinity: Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector")]
    [TestCase("priority: 2000000000, nodeSelector: {disk: slow}", "NodeAffinity: Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector")]
    [TestCase("affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchFields: [{key: metadata.name, operator: In, values: [n]}]}]}}}", null)]
    [TestCase("tolerations: [{key: gone, operator: Exists, effect: NoExecute}]", null, "NoExecute")]
    [TestCase("priority: 0", "TaintToleration: Pod was rejected: Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate", "NoExecute")]
    [TestCase("priority: 0", null, "NoSchedule")]
    public void A_node_takes_only_who_may_be_there(string more, string? wanted, string? taint = null)
    {
        var node = new MiniKube.Kinds.Core.Node
        {
            Metadata = new() { Name = "n", Labels = new Dictionary<string, string> { ["disk"] = "fast" } },
            Spec = new() { Taints = taint is null ? [] : [new() { Key = "gone", Effect = taint }] },
        };
        Assert.That(Text(Acceptance.Refusal(Pod("new", more: more), [], Node, [], node)), Is.EqualTo(wanted));
    }

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
