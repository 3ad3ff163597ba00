using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;
using MiniKube.Network.ServiceLb;

namespace MiniKube.Network.Tests;

[TestFixture]
public sealed class BalancerTests
{
    private static readonly Item<Service> Late = Service("late", 2, "{type: LoadBalancer, ports: [{port: 80}]}");

    [Test]
    public void A_free_port_is_had_at_the_nodes() => Assert.That(LoadBalancerPlan.For(new(Late, ["192.0.2.2"])).Actions.Single(), Is.InstanceOf<PlanAction.SetStatus>());

    [Test]
    public void A_taken_port_is_told_and_tried_again()
    {
        var plan = LoadBalancerPlan.For(new(Late, ["192.0.2.2"], "port 80/TCP belongs to service default/early"));
        Assert.That(plan.Actions.Single(), Is.InstanceOf<PlanAction.Emit>());
        Assert.That(plan.RecheckAfter, Is.Not.Null);
    }

    [TestCase("{type: LoadBalancer, ports: [{port: 80}]}", 1, "belongs to service default/other")]
    [TestCase("{type: LoadBalancer, ports: [{port: 80}]}", 3, null)]
    [TestCase("{type: LoadBalancer, ports: [{port: 80, protocol: UDP}]}", 1, null)]
    [TestCase("{type: LoadBalancer, loadBalancerClass: example.com/other, ports: [{port: 80}]}", 1, null)]
    public void The_older_of_two_has_the_port(string other, int created, string? clash) =>
        Assert.That(LoadBalancerPlan.Clash(Late, [Late, Service("other", created, other)], [], (_, _) => false), clash is null ? Is.Null : Does.Contain(clash));

    [Test]
    public void Pods_and_programs_have_ports_too()
    {
        var pod = Item<Pod>("{metadata: {name: p, namespace: default, uid: p}, spec: {nodeName: n, containers: [{name: c, ports: [{containerPort: 8080, hostPort: 80}]}]}}");
        Assert.That(LoadBalancerPlan.Clash(Late, [], [pod], (_, _) => false), Does.Contain("pod default/p"));
        Assert.That(LoadBalancerPlan.Clash(Late, [], [], (protocol, port) => (protocol, port) == ("TCP", 80)), Does.Contain("a program"));
        Assert.That(LoadBalancerPlan.Clash(Late, [], [], (_, _) => false), Is.Null);
    }

    [Test]
    public void The_kernel_lists_who_listens() => Assert.That(HostListeners.Parse(
        ["  sl  local_address rem_address   st", "   0: 0100007F:0016 00000000:0000 0A 00000000", "   1: 0100007F:1F90 0100007F:C001 01 00000000"], "0A"), Is.EqualTo((int[])[22]));

    private static Item<Service> Service(string name, int created, string spec) =>
        Item<Service>($"{{metadata: {{name: {name}, namespace: default, uid: {name}, creationTimestamp: \"2026-01-01T00:00:0{created}Z\"}}, spec: {spec}}}");

    private static Item<T> Item<T>(string yaml) where T : Kinds.KubeObject => Resources.Of<T>().Item(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(JsonWriter.ToUtf8((JsonMap)YamlReader.Read(yaml)))));
}
