using System.Net;
using System.Net.Sockets;
using System.Text;
using MiniKube.Network.Proxy;
using MiniKube.TestKit;

namespace MiniKube.Network.Tests.Proxy;

/// <summary>Services by sockets: loopback addresses stand for those of services and pods, so that no root is needed.</summary>
[TestFixture]
public sealed class UserspaceTests
{
    private const string Service = "127.43.0.5";

    private static readonly ProxyOptions Options = new("node", "127.43.0.0/16") { ClusterCidr = "127.42.0.0/16" };

    private readonly List<string> said = [];
    private readonly List<Socket> servers = [];
    private UserspaceKeeper keeper = null!;
    private int port;

    [SetUp]
    public void Begin()
    {
        keeper = new(Options, TimeProvider.System, said.Add);
        port = FreePort.Next();
    }

    [TearDown]
    public void End()
    {
        keeper.Dispose();
        foreach (var server in servers) server.Dispose();
        servers.Clear();
    }

    [Test]
    public async Task Connections_are_spread_and_closed_each_way()
    {
        Serve("127.42.0.2", "127.42.0.3");
        await keeper.Load([Frontends()], default);
        Assert.That(new[] { await Talk(), await Talk(), await Talk() }, Is.EquivalentTo((string[])["127.42.0.2 heard hello", "127.42.0.3 heard hello", "127.42.0.2 heard hello"]).Or.EquivalentTo((string[])["127.42.0.3 heard hello", "127.42.0.2 heard hello", "127.42.0.3 heard hello"]));
    }

    [Test]
    public async Task An_endpoint_that_does_not_answer_is_passed_over()
    {
        Serve("127.42.0.3");
        await keeper.Load([Frontends()], default);
        for (var i = 0; i < 4; i++) Assert.That(await Talk(), Is.EqualTo("127.42.0.3 heard hello"));
    }

    [Test]
    public async Task Sticky_clients_stay()
    {
        Serve("127.42.0.2", "127.42.0.3");
        await keeper.Load([Frontends(60)], default);
        var heard = new HashSet<string>();
        for (var i = 0; i < 6; i++) heard.Add(await Talk());
        Assert.That(heard, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_service_that_nobody_serves_or_that_is_gone_refuses()
    {
        Serve("127.42.0.2");
        await keeper.Load([Frontends("127.42.0.2")], default);
        Assert.That(await Talk(), Is.EqualTo("127.42.0.2 heard hello"));
        await keeper.Follow([new(Frontends("127.42.0.2"), new([new("default/web:", "tcp", Service, port)], null))], default);
        Assert.That(await Talk(), Is.EqualTo("refused"));
        await keeper.Follow([new(ServiceFrontends.None, Frontends("127.42.0.2"))], default);
        Assert.That(await Talk(), Is.EqualTo("127.42.0.2 heard hello"));
        await keeper.Follow([new(Frontends("127.42.0.2"), ServiceFrontends.None)], default);
        Assert.That(await Talk(), Is.EqualTo("refused"));
    }

    [Test]
    public async Task Strangers_are_kept_out()
    {
        var choice = new BackendChoice(Frontends("127.42.0.2").All[0] with { Sources = ["10.0.0.0/8"] }, Options.ClusterCidr, Given.Node, TimeProvider.System);
        Assert.That(choice.For(IPAddress.Parse("10.1.1.1")), Has.Count.EqualTo(1));
        Assert.That(choice.For(IPAddress.Parse("198.51.100.1")), Is.Empty);
        Assert.That(choice.For(IPAddress.Loopback), Has.Count.EqualTo(1));
        await Task.CompletedTask;
    }

    [Test]
    public async Task Datagrams_come_back_and_follow_their_endpoints()
    {
        using var first = Datagrams("127.42.0.2");
        using var second = Datagrams("127.42.0.3");
        ServiceFrontends Udp(string backend) => new([new Frontend("default/dns:", "udp", Service, port) { Backends = [new(backend, port, "node", true, true, false)] }], null);
        await keeper.Load([Udp("127.42.0.2")], default);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        Assert.That(await Kernel.Namespace.Ask(client, Service, port), Is.EqualTo("127.42.0.2"));
        // Often: what ends with the one endpoint must not take along what has just begun with the other.
        for (var (i, from, to) = (0, "127.42.0.2", "127.42.0.3"); i < 300; (i, from, to) = (i + 1, to, from))
        {
            await keeper.Follow([new(Udp(from), Udp(to))], default);
            Assert.That(await Kernel.Namespace.Ask(client, Service, port), Is.EqualTo(to), $"change {i}");
        }
    }

    [Test]
    public async Task An_answer_comes_from_the_address_that_was_asked_whichever_the_node_has()
    {
        using var server = Datagrams("127.42.0.2", 0);
        ServiceFrontends Udp() => new([new Frontend("default/dns:", "udp", null, port) { Backends = [new("127.42.0.2", ((IPEndPoint)server.LocalEndPoint!).Port, "node", true, true, false)] }], null);
        await keeper.Load([Udp()], default);
        foreach (var address in (string[])["127.0.0.7", "127.0.0.8", "127.0.0.7"])
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            // Connected, it hears nobody else.
            await client.ConnectAsync(IPAddress.Parse(address), port);
            for (var i = 0; i < 3; i++)
            {
                await client.SendAsync("?"u8.ToArray());
                var buffer = new byte[100];
                var read = await client.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(60));
                Assert.That(Encoding.ASCII.GetString(buffer, 0, read), Is.EqualTo("127.42.0.2"));
            }
        }
        await keeper.Follow([new(Udp(), ServiceFrontends.None)], default);
        using var next = new UdpClient(new IPEndPoint(IPAddress.Any, port));
    }

    [Test]
    public async Task A_port_that_somebody_else_hears_datagrams_at_is_said()
    {
        using var taken = Datagrams("127.0.0.9", port);
        await keeper.Load([new([new Frontend("default/dns:", "udp", null, port) { Backends = [new("127.42.0.2", 1, "node", true, true, false)] }], null)], default);
        Assert.That(said, Has.Some.Contains($"default/dns: can't be served at 0.0.0.0:{port}"));
    }

    [Test]
    public async Task A_taken_port_is_said_and_nothing_breaks()
    {
        Serve("127.42.0.2");
        using var taken = new TcpListener(IPAddress.Parse(Service), port);
        taken.Start();
        await keeper.Load([Frontends("127.42.0.2")], default);
        Assert.That(said, Has.Some.Contains($"default/web: can't be served at {Service}:{port}"));
    }

    [Test]
    public async Task Balancers_ask_for_health()
    {
        using var checks = new HealthChecks(said.Add);
        using var client = new HttpClient();
        async Task<(HttpStatusCode, string)> Ask()
        {
            using var answer = await client.GetAsync($"http://127.0.0.1:{port}/healthz");
            return (answer.StatusCode, answer.Headers.GetValues("X-Load-Balancing-Endpoint-Weight").Single());
        }

        checks.Serve([new("default", "web", port, 2)]);
        Assert.That(await Ask(), Is.EqualTo((HttpStatusCode.OK, "2")));
        checks.Serve([new("default", "web", port, 0)]);
        Assert.That(await Ask(), Is.EqualTo((HttpStatusCode.ServiceUnavailable, "0")));
        checks.Serve([]);
        Assert.That(Ask, Throws.InstanceOf<HttpRequestException>());
    }

    private ServiceFrontends Frontends(params string[] backends) => Frontends(null, backends);

    private ServiceFrontends Frontends(int? sticky, params string[] backends) => new([new Frontend("default/web:", "tcp", Service, port)
    {
        StickySeconds = sticky, Backends = [.. (backends.Length > 0 ? backends : ["127.42.0.2", "127.42.0.3"]).Select(b => new Backend(b, port, "node", true, true, false))],
    }], null);

    private async Task<string> Talk()
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await client.ConnectAsync(IPAddress.Parse(Service), port);
        }
        catch (SocketException)
        {
            return "refused";
        }
        await using var stream = new NetworkStream(client);
        await client.SendAsync("hello"u8.ToArray());
        // The other side answers only once it knows that there is no more to come.
        client.Shutdown(SocketShutdown.Send);
        return await new StreamReader(stream).ReadToEndAsync();
    }

    private void Serve(params string[] addresses)
    {
        foreach (var address in addresses)
        {
            var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            server.Bind(new IPEndPoint(IPAddress.Parse(address), port));
            server.Listen();
            servers.Add(server);
            _ = Task.Run(async () =>
            {
                while (true)
                {
                    using var client = await server.AcceptAsync();
                    await using var stream = new NetworkStream(client);
                    var heard = await new StreamReader(stream).ReadToEndAsync();
                    await stream.WriteAsync(Encoding.ASCII.GetBytes($"{address} heard {heard}"));
                }
            });
        }
    }

    private Socket Datagrams(string address, int? at = null)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Parse(address), at ?? port));
        _ = Task.Run(async () =>
        {
            var buffer = new byte[100];
            while (true)
            {
                var received = await server.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                await server.SendToAsync(Encoding.ASCII.GetBytes(address), received.RemoteEndPoint);
            }
        });
        return server;
    }
}
