using System.Net;
using System.Net.Sockets;
using MiniKube.Network.Bridge;
using MiniKube.Network.Policy;
using MiniKube.Network.Proxy;
using MiniKube.Network.Tests.Policy;
using MiniKube.Network.Tests.Proxy;

namespace MiniKube.Network.Tests.Kernel;

/// <summary>The cases of policies once more, with real connections between the pods of a node and a host outside it.</summary>
[TestFixture("nftables"), TestFixture("iptables-nft"), TestFixture("iptables-legacy"), Category("Kernel")]
public sealed class PolicyTests(string mode)
{
    private const string Host = "192.0.2.2";

    private readonly string directory = Directory.CreateTempSubdirectory("minik-policies-").FullName;
    private readonly Dictionary<string, Namespace> places = [];
    private readonly List<Echo> servers = [];
    private Namespace node = null!;
    private PodBridge bridge = null!;
    private IPolicyKeeper keeper = null!;
    private string before = "";

    [OneTimeSetUp]
    public async Task Build()
    {
        foreach (var name in (string[])["node", "outside", .. PolicyCase.Pods.Select(p => $"{p.Namespace}/{p.Name}")]) places[name] = await Namespace.Make();
        node = places["node"];
        await node.Ip($"link add out0 type veth peer name eth0 netns {places["outside"].File}\naddr add {Host}/24 dev out0\nlink set out0 up\n");
        await places["outside"].Ip($"addr add 192.0.2.9/24 dev eth0\nlink set eth0 up\nroute add default via {Host}\n");
        before = await Traces.Of(node);
        node.Enter();
        bridge = new(new("10.42.0.0/24", "10.42.0.0/16", "10.43.0.0/16", directory) { Mode = mode.Split('-')[0] });
        await bridge.Setup();
        foreach (var (index, pod) in PolicyCase.Pods.Index())
        {
            var address = await bridge.Attach($"pod{index}", places[$"{pod.Namespace}/{pod.Name}"].File, []);
            Assert.That(address.ToString(), Is.EqualTo(pod.Address));
        }
        foreach (var (name, place) in places)
            foreach (var port in (int[])[80, 81, 100, 101]) servers.Add(place.Serve(name, "0.0.0.0", port));
        keeper = mode == "nftables" ? new NftPolicyKeeper() : new IptablesPolicyKeeper(new Iptables(mode));
        await keeper.Load(PolicyRules.None, default);
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
            Assert.That(await NetworkPolicies.CleanUp());
            Assert.That(await PodBridge.CleanUp("minik0", "10.43.0.0/16", "10.42.0.0/16", directory), Is.Empty);
            bridge.Dispose();
            after = await Traces.Of(node);
        }
        foreach (var place in places.Values.Reverse()) await place.DisposeAsync();
        Directory.Delete(directory, recursive: true);
        Assert.That(after.Split('\n'), Is.EqualTo(before.Split('\n')));
    }

    /// <summary>One after the other in one kernel, each from the rules of the one before.</summary>
    [Test]
    public async Task The_kernel_lets_pass_what_cases_say()
    {
        foreach (var one in PolicyCase.All())
        {
            node.Enter();
            await keeper.Follow(one.Rules, default);
            await Task.WhenAll(one.Connections.Where(c => c.Protocol != "sctp").Select(async c => Assert.That(await Passes(c), Is.EqualTo(c.Passes), $"{one.Name}: {c}")));
        }
        // Nothing that was there for a policy stays behind it.
        node.Enter();
        await keeper.Follow(PolicyRules.None, default);
        var followed = await Rules();
        await keeper.Load(PolicyRules.None, default);
        Assert.That(followed, Is.EqualTo(await Rules()));
        Assert.That(await keeper.Intact(default));
    }

    [Test]
    public async Task Through_a_service_callers_are_judged_by_their_own_address()
    {
        node.Enter();
        var service = Given.Frontends("{clusterIP: 10.43.0.5, ports: [{port: 8080, targetPort: 80, nodePort: 30080}]}", Given.Slice("", 80, ("10.42.0.2", true)));
        var proxy = mode == "nftables" ? (IRuleKeeper)new NftKeeper(new("node", "10.43.0.0/16")) : new IptablesKeeper(new("node", "10.43.0.0/16"), new Iptables(mode));
        await proxy.Load([service], default);
        await keeper.Follow(Case("pods-of-the-own-namespace").Rules, default);
        Assert.That(await places["a/client"].Ask("10.43.0.5", 8080), Is.EqualTo("a/web 10.42.0.3"));
        Assert.That(await places["node"].Ask("10.43.0.5", 8080), Does.StartWith("a/web"));
        Assert.That(await places["a/web"].Ask("10.43.0.5", 8080), Does.StartWith("a/web"), "a pod reaches itself");
        var silent = await Task.WhenAll(places["b/client"].HearsNothing("10.43.0.5", 8080), places["b/client"].HearsNothing(Host, 30080), places["outside"].HearsNothing(Host, 30080));
        Assert.That(silent, Is.All.True);
        node.Enter();
        await keeper.Follow(Case("ports-by-number-and-range").Rules, default);
        Assert.That(await places["outside"].Ask(Host, 30080), Does.StartWith("a/web"), "the port is that of the pod");
        node.Enter();
        await keeper.Follow(PolicyRules.None, default);
        await proxy.Load([], default);
    }

    [Test]
    public async Task Connections_go_on_as_long_as_they_are_allowed()
    {
        using var listener = places["a/web"].Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Any, 7000));
        listener.Listen();
        using var allowed = places["a/client"].Socket(SocketType.Stream, ProtocolType.Tcp);
        using var forbidden = places["b/client"].Socket(SocketType.Stream, ProtocolType.Tcp);
        await allowed.ConnectAsync(IPAddress.Parse("10.42.0.2"), 7000);
        using var one = await listener.AcceptAsync();
        await forbidden.ConnectAsync(IPAddress.Parse("10.42.0.2"), 7000);
        using var two = await listener.AcceptAsync();
        node.Enter();
        await keeper.Follow(Case("pods-of-the-own-namespace").Rules, default);
        Assert.That(await Hears(allowed, one, 60), "from the caller");
        Assert.That(await Hears(one, allowed, 60), "and back");
        // Neither side reaches the other any more, whoever speaks first.
        Assert.That(await Hears(two, forbidden, 0.5), Is.False);
        Assert.That(await Hears(forbidden, two, 0.5), Is.False);
        node.Enter();
        await keeper.Follow(Case("deny-all-egress").Rules, default);
        Assert.That(await Hears(allowed, one, 0.5), Is.False);
        node.Enter();
        await keeper.Follow(PolicyRules.None, default);
        Assert.That(await Hears(one, allowed, 60), "what was held up arrives late");
    }

    [Test]
    public async Task After_a_crash_the_rules_are_the_same_again()
    {
        node.Enter();
        var rules = Case("named-ports-on-the-way-out").Rules;
        await keeper.Follow(rules, default);
        var once = await Rules();
        IPolicyKeeper next = mode == "nftables" ? new NftPolicyKeeper() : new IptablesPolicyKeeper(new Iptables(mode));
        await next.Load(Case("blocks-with-exceptions").Rules, default);
        await next.Load(rules, default);
        Assert.That(await Rules(), Is.EqualTo(once));
        await keeper.Load(PolicyRules.None, default);
    }

    private static PolicyCase Case(string name) => PolicyCase.All().Single(c => c.Name == name);

    private async Task<bool> Passes(Connection c)
    {
        var (from, to) = (places[c.From], c.To == "outside" ? "192.0.2.9" : PolicyCase.Address(c.To));
        // What should pass may take its time; what should not has little.
        var seconds = c.Passes ? 60 : 0.25;
        if (c.Protocol == "tcp") return (await from.Ask(to, c.Port, seconds: seconds))?.StartsWith(c.To, StringComparison.Ordinal) == true;
        using var socket = from.Socket(SocketType.Dgram, ProtocolType.Udp);
        return (await Namespace.Ask(socket, to, c.Port, seconds))?.StartsWith(c.To, StringComparison.Ordinal) == true;
    }

    private static async Task<bool> Hears(Socket from, Socket to, double seconds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            await from.SendAsync("?"u8.ToArray(), patience.Token);
            return await to.ReceiveAsync(new byte[10], patience.Token) > 0;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<string> Rules()
    {
        var text = mode == "nftables" ? await node.Run("nft", "-s", "list", "ruleset") : await node.Run($"{mode}-save");
        return string.Join('\n', text.Split('\n').Where(l => !l.StartsWith('#')).Select(l => l.Split(" [")[0]).Order(StringComparer.Ordinal));
    }
}
