using MiniKube.Kinds.Discovery;
using MiniKube.Network.Proxy;

namespace MiniKube.Network.Tests.Proxy;

/// <summary>Which ways lead into a service and who serves them, whatever the mode.</summary>
[TestFixture]
public sealed class FrontendTests
{
    private static readonly EndpointSlice Here = Given.Slice("", 8080, ("10.42.0.2", true));
    private static readonly EndpointSlice There = Given.On("other", "", 8080, ("10.42.1.2", true));

    [Test]
    public void A_service_spreads_over_its_ready_endpoints() =>
        Assert.That(Given.Frontends("{clusterIP: 10.43.0.5, ports: [{port: 80}]}", Given.Slice("", 8080, ("10.42.0.2", true), ("10.42.0.3", true), ("10.42.0.4", false))).All.Single().Backends.Select(b => $"{b}"),
            Is.EqualTo((string[])["10.42.0.2:8080", "10.42.0.3:8080"]));

    [TestCase("{type: ExternalName, externalName: example.com}")]
    [TestCase("{clusterIP: None, ports: [{port: 80}]}")]
    [TestCase("{clusterIP: 'fd00::1', ports: [{port: 80}]}")]
    public void Services_without_an_address_of_ours_have_no_way_in(string spec) => Assert.That(Given.Frontends(spec, Here).All, Is.Empty);

    [Test]
    public void Endpoints_that_end_serve_while_there_are_no_others()
    {
        var ending = Given.Slice("{addressType: IPv4, ports: [{name: '', port: 80, protocol: TCP}], endpoints: [{addresses: [10.42.0.9], conditions: {ready: false, serving: true, terminating: true}}]}");
        Assert.That(Given.Frontends("{clusterIP: 10.43.0.5, ports: [{port: 80}]}", ending).All.Single().Backends.Single().Address, Is.EqualTo("10.42.0.9"));
        Assert.That(Given.Frontends("{clusterIP: 10.43.0.5, ports: [{port: 80}]}", ending, Here).All.Single().Backends.Single().Address, Is.EqualTo("10.42.0.2"));
    }

    [Test]
    public void From_outside_clients_are_masqueraded_unless_they_stay_local()
    {
        const string spec = "{clusterIP: 10.43.0.5, externalIPs: [198.51.100.9], externalTrafficPolicy: POLICY, ports: [{port: 80, nodePort: 30001}]}";
        var cluster = Given.Frontends(spec.Replace("POLICY", "Cluster"), Here, There);
        Assert.That(cluster.All.Select(f => (f.Address, f.Port, f.Masquerade, f.Backends.Count)), Is.EqualTo(new[] { ("10.43.0.5", 80, false, 2), ("198.51.100.9", 80, true, 2), (null, 30001, true, 2) }));
        var local = Given.Frontends(spec.Replace("POLICY", "Local"), Here, There);
        Assert.That(local.All.Select(f => (f.Address, f.Masquerade, f.Backends.Count, f.Inside?.Count)), Is.EqualTo(new[] { ("10.43.0.5", false, 2, (int?)null), ("198.51.100.9", false, 1, 2), (null, false, 1, 2) }));
    }

    [Test]
    public void Who_is_not_served_here_is_lost_and_who_is_served_nowhere_is_refused()
    {
        const string spec = "{clusterIP: 10.43.0.5, internalTrafficPolicy: Local, externalTrafficPolicy: Local, ports: [{port: 80, nodePort: 30001}]}";
        Assert.That(Given.Frontends(spec, There).All.Select(f => f.ServedElsewhere), Is.All.True);
        Assert.That(Given.Frontends(spec).All, Has.All.Matches<Frontend>(f => f is { Dead: true, ServedElsewhere: false }));
    }

    [Test]
    public void A_balancer_on_the_node_is_open_on_every_address_of_it()
    {
        var service = Given.Service("{type: LoadBalancer, clusterIP: 10.43.0.5, loadBalancerSourceRanges: [10.0.0.0/8, 10.1.0.0/16, 192.0.2.7/24], ports: [{port: 80}]}", status: "{loadBalancer: {ingress: [{ip: 192.0.2.2}, {ip: 203.0.113.1}, {ip: 203.0.113.2, ipMode: Proxy}]}}");
        var balanced = ServiceFrontends.For(service, [Here], Given.Node).All.Skip(1).ToArray();
        Assert.That(balanced.Select(f => f.Address), Is.EqualTo((string?[])[null, "203.0.113.1"]));
        Assert.That(balanced[0].Sources, Is.EqualTo((string[])["10.0.0.0/8", "192.0.2.0/24"]));
    }

    [TestCase("[0.0.0.0/0, 10.0.0.0/8]", "")]
    [TestCase("['fd00::/8']", "255.255.255.255/32")]
    public void Ranges_say_who_may_come_in(string ranges, string wanted)
    {
        var service = Given.Service($"{{type: LoadBalancer, clusterIP: 10.43.0.5, loadBalancerSourceRanges: {ranges}, ports: [{{port: 80}}]}}", status: "{loadBalancer: {ingress: [{ip: 192.0.2.2}]}}");
        Assert.That(string.Join(' ', ServiceFrontends.For(service, [Here], Given.Node).All[1].Sources), Is.EqualTo(wanted));
    }

    [Test]
    public void Balancers_are_told_whether_this_node_serves()
    {
        const string spec = "{type: LoadBalancer, clusterIP: 10.43.0.5, externalTrafficPolicy: Local, healthCheckNodePort: 32000, ports: [{port: 80}]}";
        Assert.That(Given.Frontends(spec, Here, There).Health, Is.EqualTo(new HealthNode("default", "web", 32000, 1)));
        Assert.That(HealthChecks.Answer(Given.Frontends(spec, There).Health!), Is.EqualTo((503, "{\n\t\"service\": {\n\t\t\"namespace\": \"default\",\n\t\t\"name\": \"web\"\n\t},\n\t\"localEndpoints\": 0,\n\t\"serviceProxyHealthy\": true\n}")));
        Assert.That(Given.Frontends(spec.Replace("Local", "Cluster"), Here).Health, Is.Null);
    }

    [TestCase("{forZones: [{name: a}]}", "{forZones: [{name: b}]}", "a", "10.42.0.2")]
    [TestCase("{forZones: [{name: a}]}", "{forZones: [{name: b}]}", "c", "10.42.0.2 10.42.0.3")]
    [TestCase("{forZones: [{name: a}]}", "{}", "a", "10.42.0.2 10.42.0.3")]
    [TestCase("{forNodes: [{name: node}], forZones: [{name: a}]}", "{forNodes: [{name: other}], forZones: [{name: a}]}", "a", "10.42.0.2")]
    public void Endpoints_meant_for_this_zone_or_node_are_taken(string first, string second, string zone, string wanted)
    {
        var slice = Given.Slice($"{{addressType: IPv4, ports: [{{name: '', port: 80, protocol: TCP}}], endpoints: [{{addresses: [10.42.0.2], hints: {first}}}, {{addresses: [10.42.0.3], hints: {second}}}]}}");
        var found = ServiceFrontends.For(Given.Service("{clusterIP: 10.43.0.5, ports: [{port: 80}]}"), [slice], Given.Node with { Zone = zone });
        Assert.That(string.Join(' ', found.All[0].Backends.Select(b => b.Address)), Is.EqualTo(wanted));
    }
}
