using MiniKube.Network.Bridge;
using MiniKube.Network.Overlay;

namespace MiniKube.Network.Tests.Kernel;

/// <summary>Two namespaces as two nodes: on one link, and with a router between them.</summary>
[TestFixture, Category("Kernel")]
public sealed class TwoNodeTests
{
    private readonly List<Namespace> namespaces = [];
    private readonly List<string> directories = [];
    private readonly List<Echo> servers = [];

    [TearDown]
    public async Task Remove()
    {
        foreach (var server in servers) server.Dispose();
        servers.Clear();
        foreach (var one in namespaces) await one.DisposeAsync();
        foreach (var directory in directories) Directory.Delete(directory, recursive: true);
        namespaces.Clear();
        directories.Clear();
    }

    [Test]
    public async Task Nodes_on_one_link_use_host_routes()
    {
        var (one, two) = (await Made(), await Made());
        await one.Ip($"link add out0 type veth peer name out0 netns {two.File}\naddr add 192.0.2.1/24 dev out0\nlink set out0 up\n");
        await two.Ip("addr add 192.0.2.2/24 dev out0\nlink set out0 up\n");
        NodePlace[] places = [new("one", "10.42.0.0/24", "192.0.2.1"), new("two", "10.42.1.0/24", "192.0.2.2")];
        await Reach(one, two, places);
        Assert.That(await one.Run("ip", "route"), Does.Contain("10.42.1.0/24 via 192.0.2.2 dev out0"));
        Assert.That(await one.Run("ip", "link"), Does.Not.Contain(NodeRoutes.Tunnel));
    }

    [Test]
    public async Task Nodes_behind_a_router_use_the_tunnel_and_follow_each_others_addresses()
    {
        var (one, router, two) = (await Made(), await Made(), await Made());
        foreach (var (node, number) in new[] { (one, 1), (two, 2) })
        {
            await router.Ip($"link add r{number} mtu 1400 type veth peer name out0 mtu 1400 netns {node.File}\naddr add 198.51.{number}.1/24 dev r{number}\nlink set r{number} up\n");
            await node.Ip($"addr add 198.51.{number}.7/24 dev out0\nlink set out0 up\nroute add default via 198.51.{number}.1\n");
        }
        await router.Run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
        NodePlace[] places = [new("one", "10.42.0.0/24", "198.51.1.7"), new("two", "10.42.1.0/24", "198.51.2.7")];
        var before = await Traces.Of(one);
        var (first, directory) = await Reach(one, two, places);
        Assert.That(await first.Run("ip", "link", "show", "eth0"), Does.Contain("mtu 1350"), "room for the tunnel's own headers");

        // The other host gets another address: its Node object says so, and its pods are found again.
        await two.Ip("addr add 198.51.2.8/24 dev out0\naddr del 198.51.2.7/24 dev out0\naddr replace 198.51.2.8/24 dev out0\nroute replace default via 198.51.2.1\n");
        await Apply(one, "one", "10.42.0.0/24", [places[0], places[1] with { Address = "198.51.2.8" }]);
        Assert.That(await first.Ask("10.42.1.2", 80), Is.EqualTo("two 10.42.0.2"));

        // A node that left leaves no way to it, and cleaning up leaves nothing.
        await Apply(one, "one", "10.42.0.0/24", [places[0]]);
        Assert.That(await one.Run("ip", "route"), Does.Not.Contain("10.42.1.0/24"));
        Assert.That(await one.Run("bridge", "fdb", "show", "dev", NodeRoutes.Tunnel), Does.Not.Contain("198.51.2"));
        one.Enter();
        Assert.That(await NodeRoutes.CleanUp());
        Assert.That(await PodBridge.CleanUp("minik0", "10.43.0.0/16", "10.42.0.0/16", directory), Is.Empty);
        await one.Run("ip", "link", "del", "mkpod");
        Assert.That((await Traces.Of(one)).Split('\n'), Is.EqualTo(before.Split('\n')));
    }

    private async Task<(Namespace First, string Directory)> Reach(Namespace one, Namespace two, NodePlace[] places)
    {
        var (first, second) = (await Made(), await Made());
        var directory = await Node(one, "one", "10.42.0.0/24", first, places);
        await Node(two, "two", "10.42.1.0/24", second, places);
        servers.Add(first.Serve("one", "0.0.0.0", 80));
        servers.Add(second.Serve("two", "0.0.0.0", 80));
        Assert.That(await first.Ask("10.42.1.2", 80), Is.EqualTo("two 10.42.0.2"), "pod to pod, untranslated");
        Assert.That(await second.Ask("10.42.0.2", 80), Is.EqualTo("one 10.42.1.2"));
        Assert.That(await one.Ask("10.42.1.2", 80), Does.StartWith("two "), "node to pod");
        return (first, directory);
    }

    private async Task<string> Node(Namespace node, string name, string range, Namespace pod, NodePlace[] places)
    {
        var directory = Directory.CreateTempSubdirectory("minik-node-").FullName;
        directories.Add(directory);
        node.Enter();
        using var bridge = new PodBridge(new(range, "10.42.0.0/16", "10.43.0.0/16", directory));
        await bridge.Setup();
        await bridge.Attach("pod", pod.File, []);
        await Apply(node, name, range, places);
        return directory;
    }

    private static Task Apply(Namespace node, string name, string range, NodePlace[] places)
    {
        node.Enter();
        return NodeRoutes.Apply(new(range, "10.42.0.0/16", "10.43.0.0/16", ""), name, places);
    }

    private async Task<Namespace> Made()
    {
        var made = await Namespace.Make();
        namespaces.Add(made);
        return made;
    }
}
