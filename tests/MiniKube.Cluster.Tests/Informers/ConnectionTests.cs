using System.Net;
using System.Net.Sockets;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Server.Pki;

namespace MiniKube.Cluster.Tests;

/// <summary>The API over TLS: who is trusted, who one is, and what becomes of connections on which nothing comes any more.</summary>
public class ConnectionTests
{
    private static readonly ResourceRef Maps = Resources.RefOf<ConfigMap>();

    private TestCluster cluster = null!;
    private Listener listener = null!;

    [SetUp]
    public async Task Start()
    {
        cluster = await TestCluster.Start(nodes: 0, withLoops: false);
        listener = new(cluster);
        await listener.Start();
    }

    [TearDown]
    public async Task Stop()
    {
        await listener.DisposeAsync();
        await cluster.DisposeAsync();
    }

    [Test]
    public async Task A_certificate_says_who_asks()
    {
        using var admin = listener.Client();
        Assert.That((await admin.List(Maps, "default")).Ok);
        using var other = listener.Client(cluster.Pki.Client("alice", "alice", "readers"));
        Assert.That((await other.List(Maps, "default")).Error!.Message, Does.Contain("User \"alice\" cannot list resource \"configmaps\""));
    }

    [Test]
    public async Task A_server_that_somebody_else_signed_for_is_told_nothing()
    {
        var directory = Directory.CreateTempSubdirectory("minik-test-").FullName;
        try
        {
            var other = ClusterPki.Open(directory, TimeProvider.System, ["localhost"], [IPAddress.Loopback]);
            using var client = listener.Client(authority: other.Authority);
            Assert.That((await client.List(Maps, "default")).Error?.Reason, Is.EqualTo("ServiceUnavailable"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Test]
    public async Task Who_waits_no_longer_gets_away()
    {
        using var deaf = new TcpListener(IPAddress.Loopback, 0);
        deaf.Start();
        using var client = listener.Client(through: new($"https://127.0.0.1:{((IPEndPoint)deaf.LocalEndpoint).Port}"));
        using var patience = new CancellationTokenSource();
        var asked = client.Get(Maps, "default", "a", cancel: patience.Token);
        using var accepted = await deaf.AcceptTcpClientAsync();
        await patience.CancelAsync();
        Assert.That(async () => await asked, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task A_connection_gone_silent_is_given_up_and_made_anew()
    {
        await using var line = new Line(listener.Port);
        using var client = listener.Client(through: line.Address, silenceLimit: TimeSpan.FromSeconds(1));
        using var life = new CancellationTokenSource();
        var caches = new Caches(client, TimeProvider.System);
        var maps = caches.Of<ConfigMap>();
        caches.Start(life.Token);
        await caches.WhenSynced(life.Token);
        // Nobody closes anything: packets just don't arrive any more.
        line.GoSilent();
        await cluster.Create<ConfigMap>("{apiVersion: v1, kind: ConfigMap, metadata: {name: late}}");
        await cluster.Until(() => Task.FromResult(maps.Get("default", "late") is not null), () => Task.FromResult($"the informer never noticed: {caches.Ended().Status} {caches.Ended().Exception}"));
        await life.CancelAsync();
        await caches.Ended();
    }

    /// <summary>A way to the server whose present connections can be made to swallow everything.</summary>
    private sealed class Line : IAsyncDisposable
    {
        private readonly TcpListener door = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource life = new();
        private readonly Task accepting;
        private CancellationTokenSource talking = new();

        public Line(int to)
        {
            door.Start();
            accepting = Accept(to);
        }

        public Uri Address => new($"https://127.0.0.1:{((IPEndPoint)door.LocalEndpoint).Port}");

        public void GoSilent() => Interlocked.Exchange(ref talking, new()).Cancel();

        private async Task Accept(int to)
        {
            var lines = new List<Task>();
            try
            {
                while (true) lines.Add(Carry(await door.AcceptTcpClientAsync(life.Token), to, talking.Token));
            }
            catch (OperationCanceledException)
            {
                await Task.WhenAll(lines);
            }
        }

        private async Task Carry(TcpClient client, int to, CancellationToken audible)
        {
            using var near = client;
            using var far = new TcpClient();
            try
            {
                await far.ConnectAsync(IPAddress.Loopback, to, life.Token);
                await Task.WhenAny(Pump(near, far), Pump(far, near));
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
            }

            async Task Pump(TcpClient from, TcpClient onto)
            {
                var buffer = new byte[16384];
                int count;
                while ((count = await from.GetStream().ReadAsync(buffer, life.Token)) > 0)
                    if (!audible.IsCancellationRequested) await onto.GetStream().WriteAsync(buffer.AsMemory(0, count), life.Token);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await life.CancelAsync();
            await accepting;
            door.Dispose();
            life.Dispose();
        }
    }
}
