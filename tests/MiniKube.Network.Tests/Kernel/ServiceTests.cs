using System.Net.Sockets;
using MiniKube.Network.Bridge;
using MiniKube.Network.Proxy;
using MiniKube.Network.Tests.Proxy;

namespace MiniKube.Network.Tests.Kernel;

/// <summary>Real connections through the rules that the kernel took: a node with two pods, and a client outside it.</summary>
[TestFixture("nftables"), TestFixture("iptables-nft"), TestFixture("iptables-legacy"), Category("Kernel")]
public sealed class ServiceTests(string mode)
{
    private const string Outside = "192.0.2.9";
    private const string Host = "192.0.2.2";

    private readonly string directory = Directory.CreateTempSubdirectory("minik-kernel-").FullName;
    private readonly List<IAsyncDisposable> namespaces = [];
    private readonly List<Echo> servers = [];
    private Namespace node = null!;
    private Namespace client = null!;
    private Namespace first = null!;
    private Namespace second = null!;
    private PodBridge bridge = null!;
    private string before = "";

    [OneTimeSetUp]
    public async Task Build()
    {
        async Task<Namespace> Made()
        {
            var made = await Namespace.Make();
            namespaces.Insert(0, made);
            return made;
        }

        (node, client, first, second) = (await Made(), await Made(), await Made(), await Made());
        await node.Ip($"link add out0 type veth peer name eth0 netns {client.File}\naddr add {Host}/24 dev out0\nlink set out0 up\n");
        await client.Ip($"addr add {Outside}/24 dev eth0\nlink set eth0 up\nroute add default via {Host}\n");
        before = await Traces.Of(node);
        node.Enter();
        bridge = new(new("10.42.0.0/24", "10.42.0.0/16", "10.43.0.0/16", directory) { Mode = mode.Split('-')[0] });
        await bridge.Setup();
        await bridge.Attach("pod1", first.File, [new(8088, 80, "TCP", null), new(8089, 80, "TCP", "127.0.0.1")]);
        await bridge.Attach("pod2", second.File, []);
        foreach (var (pod, address) in Pods) servers.Add(pod.Serve(address, "0.0.0.0", 80));
    }

    [OneTimeTearDown]
    public async Task Remove()
    {
        var after = "";
        foreach (var server in servers) server.Dispose();
        if (bridge is not null)
        {
            node.Enter();
            foreach (var owner in bridge.Owners) await bridge.Detach(owner);
            await ServiceProxy.CleanUp("10.43.0.0/16");
            Assert.That(await PodBridge.CleanUp("minik0", "10.43.0.0/16", "10.42.0.0/16", directory), Is.Empty);
            bridge.Dispose();
            after = await Traces.Of(node);
        }
        foreach (var one in namespaces) await one.DisposeAsync();
        Directory.Delete(directory, recursive: true);
        // Everything that was there before the first start is there again, and nothing else.
        Assert.That(after.Split('\n'), Is.EqualTo(before.Split('\n')));
    }

    private (Namespace Pod, string Address)[] Pods => [(first, "10.42.0.2"), (second, "10.42.0.3")];

    [Test]
    public async Task Pods_nodes_and_the_world_reach_each_other()
    {
        Assert.That(await first.Ask("10.42.0.3", 80), Is.EqualTo("10.42.0.3 10.42.0.2"), "without translation");
        Assert.That(await node.Ask("10.42.0.3", 80), Is.EqualTo("10.42.0.3 10.42.0.1"));
        using var world = client.Serve("world", "0.0.0.0", 9000);
        Assert.That(await first.Ask(Outside, 9000), Is.EqualTo($"world {Host}"), "under the node's address");
    }

    [Test]
    public async Task Ports_of_the_host_lead_to_pods()
    {
        Assert.That(await client.Ask(Host, 8088), Is.EqualTo($"10.42.0.2 {Outside}"));
        Assert.That(await node.Ask("127.0.0.1", 8088), Is.EqualTo("10.42.0.2 10.42.0.1"));
        Assert.That(await node.Ask("127.0.0.1", 8089), Is.EqualTo("10.42.0.2 10.42.0.1"));
        Assert.That(await client.Ask(Host, 8089), Is.EqualTo("refused"));
        Assert.That(await first.Ask(Host, 8088), Is.EqualTo("10.42.0.2 10.42.0.1"), "hairpin");
    }

    [Test]
    public async Task A_service_leads_to_every_endpoint_from_everywhere()
    {
        var keeper = await Load(Service("{clusterIP: 10.43.0.5, externalIPs: [198.51.100.7], ports: [{port: 80, nodePort: 30001}]}"));
        foreach (var (from, address, port) in new[] { (first, "10.43.0.5", 80), (node, "10.43.0.5", 80), (client, Host, 30001), (node, Host, 30001), (node, "127.0.0.1", 30001), (first, Host, 30001), (client, "198.51.100.7", 80), (client, "10.43.0.5", 80) })
        {
            var heard = new HashSet<string>();
            for (var i = 0; i < 40 && heard.Count < 2; i++) heard.Add((await from.Ask(address, port) ?? "nothing").Split(' ')[0]);
            Assert.That(heard, Is.EquivalentTo((string[])["10.42.0.2", "10.42.0.3"]), $"{address}:{port}");
        }
        await keeper.Load([], default);
        Assert.That(await first.Ask("10.43.0.5", 80), Is.EqualTo("refused"), "an address that no service claims");
    }

    [Test]
    public async Task Changes_arrive_one_by_one()
    {
        var (one, two, none) = (Service("{clusterIP: 10.43.0.5, ports: [{port: 80, nodePort: 30001}]}", 1), Service("{clusterIP: 10.43.0.5, sessionAffinity: ClientIP, ports: [{port: 80, nodePort: 30001}]}", 2), Service("{clusterIP: 10.43.0.5, ports: [{port: 80, nodePort: 30001}]}", 0));
        var keeper = await Load(none);
        Assert.That(await first.Ask("10.43.0.5", 80), Is.EqualTo("refused"));
        Assert.That(await client.Ask(Host, 30001), Is.EqualTo("refused"));
        await keeper.Follow([new(none, one)], default);
        Assert.That(await second.Ask("10.43.0.5", 80), Does.StartWith("10.42.0.2 "));
        await keeper.Follow([new(one, two)], default);
        Assert.That(await second.Ask("10.43.0.5", 80), Does.StartWith("10.42.0."));
        await keeper.Follow([new(two, none)], default);
        Assert.That(await second.Ask("10.43.0.5", 80), Is.EqualTo("refused"));
        await keeper.Follow([new(none, ServiceFrontends.None)], default);
        Assert.That(await second.Ask("10.43.0.5", 80), Is.EqualTo("refused"));
        Assert.That(await keeper.Intact(default));
        // Back where it began, the rules are those of nothing at all.
        var followed = await Rules();
        await keeper.Load([], default);
        Assert.That(followed, Is.EqualTo(await Rules()));
    }

    [Test]
    public async Task A_pod_reaches_itself_through_its_service()
    {
        await Load(Service("{clusterIP: 10.43.0.5, ports: [{port: 80}]}", 1));
        Assert.That(await first.Ask("10.43.0.5", 80), Is.EqualTo("10.42.0.2 10.42.0.1"));
    }

    [Test]
    public async Task A_pod_reaches_itself_where_nobody_says_on_which_node_it_is()
    {
        await Load(Given.Frontends("{clusterIP: 10.43.0.5, ports: [{port: 80}]}", Given.Slice("{addressType: IPv4, ports: [{name: '', port: 80, protocol: TCP}], endpoints: [{addresses: [10.42.0.2]}]}")));
        Assert.That(await first.Ask("10.43.0.5", 80), Is.EqualTo("10.42.0.2 10.42.0.1"));
    }

    [Test]
    public async Task Sticky_clients_stay_until_their_time_is_up()
    {
        ServiceFrontends Sticky(int seconds) => Service($"{{clusterIP: 10.43.0.5, sessionAffinity: ClientIP, sessionAffinityConfig: {{clientIP: {{timeoutSeconds: {seconds}}}}}, ports: [{{port: 80, nodePort: 30001}}]}}");
        await Load(Sticky(10_800));
        var heard = new HashSet<string?>();
        for (var i = 0; i < 20; i++) heard.Add(await node.Ask("10.43.0.5", 80));
        Assert.That(heard, Has.Count.EqualTo(1));
        // Memory fades: with time to forget between them, clients get both in the end.
        await Load(Sticky(1));
        await TestKit.Until.True(async () =>
        {
            await Task.Delay(1200);
            heard.Add(await node.Ask("10.43.0.5", 80));
            return heard.Count == 2;
        });
    }

    [Test]
    public async Task Datagrams_follow_when_their_endpoint_goes()
    {
        node.Enter();
        var (both, one) = (Udp(1, 2), Udp(2));
        var keeper = await Load(Udp(1));
        using var socket = first.Socket(SocketType.Dgram, ProtocolType.Udp);
        Assert.That(await Namespace.Ask(socket, "10.43.0.5", 53), Does.StartWith("10.42.0.2 "));
        await keeper.Follow([new(Udp(1), both), new(both, one)], default);
        await Conntrack.Forget(one.All.Select(f => f.Key).ToHashSet(), one.All.ToDictionary(f => f.Key), Given.Node, default);
        Assert.That(await Namespace.Ask(socket, "10.43.0.5", 53), Does.StartWith("10.42.0.3 "));
        using var outside = client.Socket(SocketType.Dgram, ProtocolType.Udp);
        Assert.That(await Namespace.Ask(outside, Host, 30053), Does.StartWith("10.42.0.3 "));
    }

    [Test]
    public async Task Local_traffic_keeps_the_clients_address_and_is_lost_where_nobody_serves()
    {
        const string spec = "{clusterIP: 10.43.0.5, externalTrafficPolicy: Local, ports: [{port: 80, nodePort: 30001}]}";
        await Load(Service(spec, 1));
        Assert.That(await client.Ask(Host, 30001), Is.EqualTo($"10.42.0.2 {Outside}"));
        await Load(ServiceFrontends.For(Given.Service(spec), [Given.On("other", "", 80, ("10.42.0.2", true))], Given.Node));
        Assert.That(await client.HearsNothing(Host, 30001));
        Assert.That(await second.Ask(Host, 30001), Does.StartWith("10.42.0.2 "), "pods may go elsewhere");
        Assert.That(await node.Ask(Host, 30001), Does.StartWith("10.42.0.2 "), "so may the node");
        await Load(ServiceFrontends.For(Given.Service("{clusterIP: 10.43.0.5, internalTrafficPolicy: Local, ports: [{port: 80}]}"), [Given.On("other", "", 80, ("10.42.0.2", true))], Given.Node));
        Assert.That(await second.HearsNothing("10.43.0.5", 80));
    }

    [TestCase("192.0.2.0/24", true)]
    [TestCase("198.51.100.0/24", false)]
    public async Task Balancers_let_in_whom_they_are_told(string range, bool allowed)
    {
        var service = Given.Service($"{{type: LoadBalancer, clusterIP: 10.43.0.5, loadBalancerSourceRanges: [{range}], ports: [{{port: 8080}}]}}", status: "{loadBalancer: {ingress: [{ip: 192.0.2.2}, {ip: 198.51.100.8}]}}");
        await Load(ServiceFrontends.For(service, [Given.Slice("", 80, ("10.42.0.2", true))], Given.Node));
        foreach (var address in (string[])[Host, "198.51.100.8"])
            if (allowed) Assert.That(await client.Ask(address, 8080), Does.StartWith("10.42.0.2 "));
            else Assert.That(await client.HearsNothing(address, 8080));
        Assert.That(await node.Ask("127.0.0.1", 8080), Does.StartWith("10.42.0.2 "), "localhost");
        Assert.That(await second.Ask("10.43.0.5", 8080), Does.StartWith("10.42.0.2 "), "within the cluster anybody");
    }

    [Test]
    public async Task Sctp_has_rules_the_kernel_takes()
    {
        var slice = Given.Slice("{addressType: IPv4, ports: [{name: '', port: 80, protocol: SCTP}], endpoints: [{addresses: [10.42.0.2], nodeName: node}, {addresses: [10.42.0.3], nodeName: node}]}");
        await Load(Given.Frontends("{clusterIP: 10.43.0.5, sessionAffinity: ClientIP, ports: [{port: 80, protocol: SCTP, nodePort: 30001}]}", slice));
        Assert.That(await Rules(), Does.Contain("sctp"));
    }

    [Test]
    public async Task After_a_crash_the_rules_are_the_same_again()
    {
        var service = Service("{clusterIP: 10.43.0.5, sessionAffinity: ClientIP, externalTrafficPolicy: Local, ports: [{port: 80, nodePort: 30001}]}");
        node.Enter();
        await Load(service, Udp(1));
        await bridge.Setup();
        var once = await Rules();
        // A new process knows nothing of what the old one did, and another service is gone meanwhile.
        await Load(service);
        await bridge.Setup();
        await Load(service, Udp(1));
        Assert.That(await Rules(), Is.EqualTo(once));
    }

    [Test]
    public async Task Many_endpoints_are_many()
    {
        ServiceFrontends Wide(int count) => Given.Frontends("{clusterIP: 10.43.0.5, ports: [{port: 80, nodePort: 30001}]}", Given.Slice("", 80, [.. Enumerable.Range(2, count).Select(i => ($"10.42.0.{i}", true))]));
        var keeper = await Load(Wide(2));
        await keeper.Follow([new(Wide(2), Wide(100)), new(Wide(100), Wide(101)), new(Wide(101), Wide(1))], default);
        Assert.That(await second.Ask("10.43.0.5", 80), Does.StartWith("10.42.0.2 "));
        await keeper.Follow([new(Wide(1), Wide(101))], default);
        Assert.That(await Rules(), Does.Contain("10.42.0.101"));
    }

    private static ServiceFrontends Service(string spec, int endpoints = 2) => Given.Frontends(spec, Given.Slice("", 80, [.. Enumerable.Range(2, endpoints).Select(i => ($"10.42.0.{i}", true))]));

    private static ServiceFrontends Udp(params int[] pods) => ServiceFrontends.For(Given.Service("{clusterIP: 10.43.0.5, ports: [{port: 53, protocol: UDP, nodePort: 30053}]}", "dns"),
        [Given.Slice($"{{addressType: IPv4, ports: [{{name: '', port: 80, protocol: UDP}}], endpoints: [{string.Join(", ", pods.Select(p => $"{{addresses: [10.42.0.{p + 1}], nodeName: node}}"))}]}}")], Given.Node);

    private async Task<IRuleKeeper> Load(params ServiceFrontends[] services)
    {
        node.Enter();
        var options = new ProxyOptions("node", "10.43.0.0/16");
        var keeper = new InNode(node, mode == "nftables" ? new NftKeeper(options) : new IptablesKeeper(options, new Iptables(mode)));
        await keeper.Load(services, default);
        return keeper;
    }

    /// <summary>A keeper whose tools run in the node's namespace, whoever calls it.</summary>
    private sealed class InNode(Namespace node, IRuleKeeper keeper) : IRuleKeeper
    {
        public ProxyMode Mode => keeper.Mode;

        public async Task Load(IReadOnlyCollection<ServiceFrontends> services, CancellationToken cancel)
        {
            node.Enter();
            await keeper.Load(services, cancel);
        }

        public async Task Follow(IReadOnlyList<ServiceChange> changes, CancellationToken cancel)
        {
            node.Enter();
            await keeper.Follow(changes, cancel);
        }

        public async Task<bool> Intact(CancellationToken cancel)
        {
            node.Enter();
            return await keeper.Intact(cancel);
        }
    }

    private async Task<string> Rules()
    {
        var text = mode == "nftables" ? await node.Run("nft", "-s", "list", "ruleset") : await node.Run($"{mode}-save");
        return string.Join('\n', text.Split('\n').Where(l => !l.StartsWith('#')).Select(l => l.Split(" [")[0]).Order(StringComparer.Ordinal));
    }
}
