using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Kinds.Discovery;
using MiniKube.Machinery;
using MiniKube.Network.Proxy;

namespace MiniKube.Network.Tests;

[TestFixture]
public sealed class RuleSetTests
{
    [Test]
    public void A_service_spreads_over_its_ready_endpoints()
    {
        var rules = Rules("{clusterIP: 10.43.0.5, ports: [{name: http, port: 80, protocol: TCP}]}", Slice("http", 8080, ("10.42.0.2", true), ("10.42.0.3", true), ("10.42.0.4", false)));
        Assert.That(Lines(rules), Is.EquivalentTo((string[])
        [
            "vips 10.43.0.5 . tcp . 80 : goto v_2", "backends 10.43.0.5 . tcp . 80 . 0 : 10.42.0.2 . 8080", "backends 10.43.0.5 . tcp . 80 . 1 : 10.42.0.3 . 8080",
            "hairpin 10.42.0.2 . 10.42.0.2", "hairpin 10.42.0.3 . 10.42.0.3",
        ]));
    }

    [Test]
    public void Without_endpoints_clients_are_refused() =>
        Assert.That(Lines(Rules("{clusterIP: 10.43.0.5, ports: [{port: 80, nodePort: 30001}]}")), Is.EquivalentTo((string[])["dead 10.43.0.5 . tcp . 80", "deadports tcp . 30001"]));

    [Test]
    public void Endpoints_that_end_serve_while_there_are_no_others()
    {
        var slice = KubeJson.FromTree<EndpointSlice>((JsonMap)YamlReader.Read("{addressType: IPv4, ports: [{name: '', port: 80, protocol: TCP}], endpoints: [{addresses: [10.42.0.9], conditions: {ready: false, serving: true, terminating: true}}]}"));
        Assert.That(Lines(Rules("{clusterIP: 10.43.0.5, ports: [{port: 80}]}", slice)), Does.Contain("backends 10.43.0.5 . tcp . 80 . 0 : 10.42.0.9 . 80"));
    }

    [TestCase("{type: ExternalName, externalName: example.com}")]
    [TestCase("{clusterIP: None, ports: [{port: 80}]}")]
    public void Services_without_an_address_have_no_rules(string spec) => Assert.That(Rules(spec, Slice("", 80, ("10.42.0.2", true))).Elements, Is.Empty);

    [Test]
    public void Outside_traffic_is_masqueraded_unless_it_stays_local()
    {
        var spec = "{clusterIP: 10.43.0.5, externalIPs: [192.0.2.9], externalTrafficPolicy: POLICY, ports: [{port: 80, nodePort: 30001}]}";
        var slice = Slice("", 80, ("10.42.0.2", true));
        Assert.That(Lines(Rules(spec.Replace("POLICY", "Cluster"), slice)), Does.Contain("nodeports tcp . 30001 : goto pm_1").And.Contain("vips 192.0.2.9 . tcp . 80 : goto vm_1"));
        Assert.That(Lines(Rules(spec.Replace("POLICY", "Local"), slice)), Does.Contain("nodeports tcp . 30001 : goto p_1").And.Contain("vips 192.0.2.9 . tcp . 80 : goto v_1"));
    }

    [Test]
    public void Sticky_services_remember_their_clients()
    {
        var rules = Rules("{clusterIP: 10.43.0.5, sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}, ports: [{port: 80}]}", Slice("", 80, ("10.42.0.2", true), ("10.42.0.3", true)));
        Assert.That(rules.Chains.Count(c => c is { Memory: not null, RemembersFor: 60 }), Is.EqualTo(2));
        Assert.That(RuleSet.For([rules]).Full("10.43.0.0/16"), Does.Contain("timeout 60s").And.Contain("dnat ip to 10.42.0.3:80"));
    }

    /// <summary>However it got there, the state is that of its services, and going back leaves nothing.</summary>
    [FsCheck.NUnit.Property]
    public void Changes_add_up(FsCheck.NonEmptyArray<(byte Service, byte Endpoints, bool Sticky)> steps)
    {
        var current = new Dictionary<int, ServiceRules>();
        var set = new RuleSet();
        foreach (var (service, endpoints, sticky) in steps.Get)
        {
            var key = service % 5;
            var next = Rules($"{{clusterIP: 10.43.0.{key + 1}, sessionAffinity: {(sticky ? "ClientIP" : "None")}, ports: [{{port: 80, nodePort: {30000 + key}}}]}}",
                Slice("", 80, [.. Enumerable.Range(0, endpoints % 4).Select(i => ($"10.42.0.{i + 2}", true))]));
            var script = set.Change(current.GetValueOrDefault(key, ServiceRules.None), next);
            Assert.That(script.Length == 0, Is.EqualTo(Lines(current.GetValueOrDefault(key, ServiceRules.None)).SequenceEqual(Lines(next))));
            current[key] = next;
        }
        Assert.That(set.Elements.Order(), Is.EqualTo(RuleSet.For(current.Values).Elements.Order()));
        foreach (var rules in current.Values) set.Change(rules, ServiceRules.None);
        Assert.That(set.Count, Is.Zero);
    }

    private static ServiceRules Rules(string spec, params EndpointSlice[] slices) =>
        ServiceRules.For(KubeJson.FromTree<Service>((JsonMap)YamlReader.Read($"{{metadata: {{name: web, namespace: default}}, spec: {spec}}}")), slices, "node", []);

    private static EndpointSlice Slice(string port, int number, params (string Address, bool Ready)[] endpoints) => new()
    {
        AddressType = "IPv4", Ports = [new() { Name = port, Port = number, Protocol = "TCP" }],
        Endpoints = [.. endpoints.Select(e => new Endpoint { Addresses = [e.Address], NodeName = "node", Conditions = new() { Ready = e.Ready } })],
    };

    private static IEnumerable<string> Lines(ServiceRules rules) => rules.Elements.Select(e => $"{e.Map} {e.Key}{(e.Value.Length == 0 ? "" : $" : {e.Value}")}");
}
