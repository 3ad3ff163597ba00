using MiniKube.Network.Proxy;

namespace MiniKube.Network.Tests.Proxy;

/// <summary>Frontends as rules, and rules as one whole.</summary>
[TestFixture]
public sealed class RulesTests
{
    private const string Pods = "10.42.0.0/16";

    [Test]
    public void Plain_services_are_elements_of_maps() => Assert.That(Lines(NftRules.For(Given.Frontends("{clusterIP: 10.43.0.5, ports: [{port: 80}]}", Given.Slice("", 8080, ("10.42.0.2", true), ("10.42.0.3", true))), Pods)), Is.EquivalentTo((string[])
    [
        "vips 10.43.0.5 . tcp . 80 : goto v_2", "backends 10.43.0.5 . tcp . 80 . 0 : 10.42.0.2 . 8080", "backends 10.43.0.5 . tcp . 80 . 1 : 10.42.0.3 . 8080",
        "hairpin 10.42.0.2 . 10.42.0.2", "hairpin 10.42.0.3 . 10.42.0.3",
    ]));

    [Test]
    public void Without_endpoints_clients_are_refused() =>
        Assert.That(Lines(NftRules.For(Given.Frontends("{clusterIP: 10.43.0.5, ports: [{port: 80, nodePort: 30001}]}"), Pods)), Is.EquivalentTo((string[])["dead 10.43.0.5 . tcp . 80", "deadports tcp . 30001"]));

    /// <summary>In every mode: however it got there, the state is that of its services, and going back leaves nothing.</summary>
    [FsCheck.NUnit.Property]
    public void Changes_add_up(bool iptables, FsCheck.NonEmptyArray<(byte Service, byte Endpoints, bool Sticky, bool Local)> steps)
    {
        ServiceRules Rules(ServiceFrontends frontends) => iptables ? IptablesRules.For(frontends, Pods, "node") : NftRules.For(frontends, Pods);
        var current = new Dictionary<int, ServiceRules>();
        var tally = new Tally();
        foreach (var (service, endpoints, sticky, local) in steps.Get)
        {
            var key = service % 5;
            var next = Rules(ServiceFrontends.For(Given.Service($"{{clusterIP: 10.43.0.{key + 1}, sessionAffinity: {(sticky ? "ClientIP" : "None")}, externalTrafficPolicy: {(local ? "Local" : "Cluster")}, ports: [{{port: 80, nodePort: {30000 + key}}}]}}", $"s{key}"),
                [Given.Slice("", 80, [.. Enumerable.Range(0, endpoints % 4).Select(i => ($"10.42.0.{i + 2}", true))])], Given.Node));
            var before = current.GetValueOrDefault(key, ServiceRules.None);
            Assert.That(tally.Take([(before, next)]).IsEmpty, Is.EqualTo(Lines(before).SequenceEqual(Lines(next))));
            current[key] = next;
        }
        var whole = Tally.Of(current.Values);
        Assert.That(tally.Elements.Select(e => $"{e}").Order(), Is.EqualTo(whole.Elements.Select(e => $"{e}").Order()));
        Assert.That(tally.Chains.Select(Text).Order(), Is.EqualTo(whole.Chains.Select(Text).Order()));
        foreach (var rules in current.Values) tally.Take([(rules, ServiceRules.None)]);
        Assert.That(tally.Count, Is.Zero);
    }

    [TestCase("udp      17 29 src=10.42.0.7 dst=10.43.0.5 sport=5000 dport=53 [UNREPLIED] src=10.42.0.9 dst=10.42.0.7 sport=5353 dport=5000 mark=0 use=1", true)]
    [TestCase("udp      17 29 src=10.42.0.7 dst=10.43.0.5 sport=5000 dport=53 src=10.42.0.2 dst=10.42.0.7 sport=5353 dport=5000 [ASSURED] mark=0 use=1", false)]
    [TestCase("udp      17 29 src=10.42.0.7 dst=10.43.0.5 sport=5000 dport=53 [UNREPLIED] src=10.43.0.5 dst=10.42.0.7 sport=53 dport=5000 mark=0 use=1", true)]
    [TestCase("udp      17 29 src=10.42.0.7 dst=10.43.0.6 sport=5000 dport=53 src=10.42.0.9 dst=10.42.0.7 sport=5353 dport=5000 mark=0 use=1", false)]
    [TestCase("udp      17 29 src=127.0.0.1 dst=127.0.0.1 sport=5000 dport=30053 src=10.42.0.9 dst=10.42.0.1 sport=5353 dport=5000 mark=0 use=1", true)]
    [TestCase("udp      17 29 src=10.42.0.7 dst=8.8.8.8 sport=5000 dport=30053 src=8.8.8.8 dst=10.42.0.7 sport=30053 dport=5000 mark=0 use=1", false)]
    public void Flows_to_endpoints_that_are_gone_are_stale(string line, bool stale)
    {
        var slice = Given.Slice("{addressType: IPv4, ports: [{name: '', port: 5353, protocol: UDP}], endpoints: [{addresses: [10.42.0.2], nodeName: node}]}");
        var frontends = Given.Frontends("{clusterIP: 10.43.0.5, ports: [{port: 53, protocol: UDP, nodePort: 30053}]}", slice).All.ToDictionary(f => f.Key);
        Assert.That(Conntrack.IsStale(Flow.Parse(line)!.Value, frontends.Keys.ToHashSet(), frontends, Given.Node), Is.EqualTo(stale));
    }

    private static string Text(Chain chain) => $"{chain.Name}: {string.Join("; ", chain.Lines)}";

    private static IEnumerable<string> Lines(ServiceRules rules) => rules.Elements.Select(e => $"{e.Place} {e.Key}{(e.Value.Length == 0 ? "" : $" : {e.Value}")}").Concat(rules.Chains.Select(Text));
}
