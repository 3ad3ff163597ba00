using System.Net;
using System.Net.Sockets;
using MiniKube.ControlLoop;
using MiniKube.TestKit;

namespace MiniKube.Host.Tests.Joining;

/// <summary>A server behind its real listener reaches a port of a node that only dials out.</summary>
public class TunnelTests
{
    private readonly List<Task> running = [];
    private ServedPlane server = null!;
    private TcpListener port = null!;
    private CancellationTokenSource life = null!;

    [SetUp]
    public async Task Start()
    {
        server = await ServedPlane.Start(TimeProvider.System.GetUtcNow());
        port = new(IPAddress.Loopback, 0);
        port.Start();
        life = new();
    }

    [TearDown]
    public async Task Stop()
    {
        await life.CancelAsync();
        await Task.WhenAll(running);
        running.Clear();
        port.Dispose();
        life.Dispose();
        await server.DisposeAsync();
    }

    [Test]
    public async Task Bytes_go_both_ways_and_an_end_is_passed_on()
    {
        Open("a");
        await using var near = await Dial("a");
        using var client = await port.AcceptTcpClientAsync();
        await using var far = client.GetStream();
        await near.WriteAsync("question"u8.ToArray());
        Assert.That(await Read(far, 8), Is.EqualTo("question"));
        await far.WriteAsync("answer"u8.ToArray());
        Assert.That(await Read(near, 6), Is.EqualTo("answer"));
        client.Client.Shutdown(SocketShutdown.Send);
        Assert.That(await near.ReadAsync(new byte[1]), Is.Zero);
        await near.DisposeAsync();
        Assert.That(await far.ReadAsync(new byte[1]), Is.Zero);
    }

    [Test]
    public async Task A_connection_that_nobody_reads_holds_up_no_other()
    {
        Open("a");
        await using var stuck = await Dial("a");
        using var talker = await port.AcceptTcpClientAsync();
        using var enough = new CancellationTokenSource();
        var talking = Talk(talker.GetStream(), enough.Token);
        for (var i = 0; i < 3; i++)
        {
            await using var near = await Dial("a");
            using var far = await port.AcceptTcpClientAsync();
            await far.GetStream().WriteAsync("answer"u8.ToArray());
            Assert.That(await Read(near, 6), Is.EqualTo("answer"));
        }
        await enough.CancelAsync();
        await talking;
    }

    [Test]
    public async Task A_port_that_is_closed_is_told_as_such()
    {
        // Bound, so that it is nobody else's, but not listened at.
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Open("a", (IPEndPoint)closed.LocalEndPoint!);
        await Until.True(() => server.Plane.Server.Nodes.Of("a") is not null);
        Assert.That(async () => await server.Plane.Server.Nodes.Of("a")!.Dial(default), Throws.InstanceOf<IOException>().With.Message.Contains("refused"));
    }

    [Test]
    public async Task Who_dials_in_again_takes_the_place_of_the_one_before()
    {
        using var ended = new CancellationTokenSource();
        Open("a", ended.Token);
        await using var near = await Dial("a");
        using var far = await port.AcceptTcpClientAsync();
        var before = server.Plane.Server.Nodes.Of("a");
        Open("a");
        await Until.True(() => server.Plane.Server.Nodes.Of("a") is { } now && now != before);
        // What went through the former tunnel ends with it, on both sides.
        Assert.That(await Ends(near));
        Assert.That(await Ends(far.GetStream()));
        await ended.CancelAsync();
    }

    [Test]
    public async Task A_node_gone_is_no_door()
    {
        using var ended = new CancellationTokenSource();
        Open("a", ended.Token);
        await Until.True(() => server.Plane.Server.Nodes.Of("a") is not null);
        await ended.CancelAsync();
        await Until.True(() => server.Plane.Server.Nodes.Of("a") is null);
    }

    [TestCase("bob", "readers")]
    [TestCase("system:node:a", "readers")]
    [TestCase("root", "system:masters")]
    public async Task Only_nodes_may_dial_in(string user, string group)
    {
        using var client = server.As(server.Plane.Pki.Client($"x-{group}", user, group));
        using var answer = await client.GetAsync("/minik/tunnel");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task A_node_is_told_what_its_cluster_is_like()
    {
        using var api = new HttpApi(Of("a"));
        var got = await api.Document(ClusterFacts.Path, default);
        var facts = ClusterFacts.Of(Machinery.JsonReader.ReadMap(got.Value.Json.Span))!;
        Assert.That((facts.ClusterCidr, facts.ClusterDns, facts.Believed().Single().Thumbprint), Is.EqualTo(("10.42.0.0/16", "10.43.0.10", server.Plane.Pki.Authority.Thumbprint)));
        using var other = server.As(server.Plane.Pki.Client("x", "bob", "readers"));
        using var answer = await other.GetAsync(ClusterFacts.Path);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task A_node_speaks_for_its_proxy_and_its_dns_and_for_nobody_else()
    {
        async Task<int?> As(string name)
        {
            using var api = new HttpApi(Of("a") with { InTheNameOf = name });
            return (await api.List(Resources.RefOf<Kinds.Core.Service>(), "kube-system")).Error?.Code;
        }
        Assert.That(await As("system:kube-proxy"), Is.Null);
        foreach (var other in (string[])["system:kube-controller-manager", "system:admin", "system:serviceaccount:kube-system:namespace-controller"]) Assert.That(await As(other), Is.EqualTo(403), other);
    }

    private HttpApiOptions Of(string node) => new(new Uri($"https://127.0.0.1:{server.Port}"))
    {
        Authorities = [server.Plane.Pki.Authority], ClientCertificate = server.Plane.Pki.Client($"kubelet-{node}", $"system:node:{node}", "system:nodes"),
    };

    /// <summary>A node's end of it, with that node's certificate.</summary>
    private void Open(string node, CancellationToken until = default) => Open(node, (IPEndPoint)port.LocalEndpoint, until);

    private void Open(string node, IPEndPoint to, CancellationToken until = default)
    {
        var options = Of(node);
        running.Add(Run());
        async Task Run()
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(life.Token, until);
            using var tunnel = new TunnelClient(options, to, TimeProvider.System, _ => { }, _ => { });
            await tunnel.Run(either.Token);
        }
    }

    private async Task<Stream> Dial(string node)
    {
        await Until.True(() => server.Plane.Server.Nodes.Of(node) is not null);
        return await server.Plane.Server.Nodes.Of(node)!.Dial(default);
    }

    private static async Task Talk(NetworkStream stream, CancellationToken cancel)
    {
        try
        {
            while (true) await stream.WriteAsync(new byte[64 * 1024], cancel);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
        }
    }

    private static async Task<bool> Ends(Stream stream)
    {
        try
        {
            return await stream.ReadAsync(new byte[1]) == 0;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            return true;
        }
    }

    private static async Task<string> Read(Stream stream, int length)
    {
        var buffer = new byte[length];
        await stream.ReadExactlyAsync(buffer);
        return System.Text.Encoding.ASCII.GetString(buffer);
    }
}
