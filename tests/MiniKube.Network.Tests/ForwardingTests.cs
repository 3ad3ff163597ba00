using System.Net;
using System.Net.Sockets;
using MiniKube.Machinery;
using MiniKube.Network.Dns;

namespace MiniKube.Network.Tests;

/// <summary>Names that are not the cluster's: static hosts, stub domains, resolvers that are slow, silent, refuse or ask back.</summary>
[TestFixture]
public sealed class ForwardingTests
{
    private readonly List<Socket> servers = [];

    [TearDown]
    public void End()
    {
        foreach (var server in servers) server.Dispose();
        servers.Clear();
    }

    [Test]
    public void Settings_are_read_and_faults_are_named()
    {
        var (settings, faults) = DnsSettings.Parse(new JsonMap
        {
            { "stubDomains", """{"corp.example": ["192.0.2.53", "192.0.2.54:5353"], "deep.corp.example": ["192.0.2.55"], "bad.example": ["nonsense"]}""" },
            { "upstreamNameservers", "[192.0.2.1]" }, { "hosts", "192.0.2.80 printer Printer.office. # a comment\nwhat is this\n192.0.2.81 printer" },
        });
        Assert.That(faults, Has.Count.EqualTo(2).And.Some.Contains("bad.example").And.Some.Contains("what is this"));
        Assert.That(settings.Upstreams.Single(), Is.EqualTo(IPEndPoint.Parse("192.0.2.1:53")));
        Assert.That(settings.ServersFor("a.corp.example")!.Select(s => $"{s}"), Is.EqualTo((string[])["192.0.2.53:53", "192.0.2.54:5353"]));
        Assert.That(settings.ServersFor("corp.example"), Has.Count.EqualTo(2));
        Assert.That(settings.ServersFor("x.deep.corp.example")!.Single().Address, Is.EqualTo(IPAddress.Parse("192.0.2.55")));
        Assert.That(settings.ServersFor("notcorp.example"), Is.Null);
        Assert.That(settings.Answer("printer", RecordType.A)!.Answers, Has.Count.EqualTo(2));
        Assert.That(settings.Answer("printer.office", RecordType.AAAA)!.Answers, Is.Empty);
        Assert.That(settings.Answer("80.2.0.192.in-addr.arpa", RecordType.PTR)!.Answers, Has.Count.EqualTo(2));
        Assert.That(settings.Answer("scanner", RecordType.A), Is.Null);
    }

    [Test]
    public async Task The_next_resolver_is_asked_when_one_is_silent_or_refuses()
    {
        var silent = Resolver(_ => null);
        var refusing = Resolver(q => DnsMessage.Write(DnsMessage.Read(q)!, new(ResponseCode.Refused, []), 512));
        var good = Resolver(Good);
        foreach (var bad in (IPEndPoint[])[silent, refusing])
        {
            var answer = await Ask(new Forwarder(() => [bad, good], TimeProvider.System), 7);
            Assert.That(answer![^4..], Is.EqualTo(new byte[] { 192, 0, 2, 1 }));
        }
        Assert.That((await Ask(new Forwarder(() => [refusing], TimeProvider.System), 7))![3] & 0xF, Is.EqualTo(5), "a refusal is better than nothing");
        Assert.That(await Ask(new Forwarder(() => [], TimeProvider.System), 7), Is.Null);
    }

    [Test]
    public async Task Answers_are_remembered_and_age()
    {
        var asked = 0;
        var resolver = Resolver(q =>
        {
            asked++;
            return Good(q);
        });
        var time = new TestKit.ManualTime();
        var forwarder = new Forwarder(() => [resolver], time);
        Assert.That((await Ask(forwarder, 1))![..2], Is.EqualTo(new byte[] { 0, 1 }));
        time.Advance(TimeSpan.FromSeconds(20));
        var again = await Ask(forwarder, 2);
        Assert.That((again![1], asked, again[^7]), Is.EqualTo((2, 1, 40)), "60 seconds to live, 20 of them gone");
        time.Advance(TimeSpan.FromSeconds(41));
        await Ask(forwarder, 3);
        Assert.That(asked, Is.EqualTo(2));
    }

    [Test]
    public async Task The_same_question_is_asked_once_at_a_time()
    {
        var asked = 0;
        var hold = new TaskCompletionSource();
        var resolver = Resolver(q =>
        {
            asked++;
            return Good(q);
        }, hold.Task);
        var forwarder = new Forwarder(() => [resolver], TimeProvider.System);
        var many = Enumerable.Range(1, 20).Select(i => Ask(forwarder, i)).ToArray();
        hold.SetResult();
        Assert.That((await Task.WhenAll(many)).Select(a => (int)a![1]), Is.EqualTo(Enumerable.Range(1, 20)));
        Assert.That(asked, Is.EqualTo(1));
    }

    /// <summary>A resolver that forwards to us what we forward to it: the question goes round once and ends.</summary>
    [Test]
    public async Task A_loop_ends()
    {
        var asked = 0;
        Forwarder? forwarder = null;
        var socket = Bound(out var at);
        forwarder = new(() => [at], TimeProvider.System);
        _ = Task.Run(async () =>
        {
            var buffer = new byte[512];
            while (true)
            {
                var received = await socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                Interlocked.Increment(ref asked);
                var packet = buffer[..received.ReceivedBytes];
                _ = forwarder.Ask(DnsMessage.Read(packet)!, packet, false, CancellationToken.None);
            }
        });
        Assert.That(await Ask(forwarder, 1), Is.Null);
        Assert.That(asked, Is.EqualTo(1));
    }

    private static async Task<byte[]?> Ask(Forwarder forwarder, int id)
    {
        byte[] packet = [(byte)(id >> 8), (byte)id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. DnsMessage.Name("www.example"), 0, 1, 0, 1];
        return await forwarder.Ask(DnsMessage.Read(packet)!, packet, false, CancellationToken.None);
    }

    private static byte[] Good(byte[] question) => DnsMessage.Write(DnsMessage.Read(question)!, new(ResponseCode.NoError, [new("www.example", RecordType.A, 60, [192, 0, 2, 1])]), 512);

    private IPEndPoint Resolver(Func<byte[], byte[]?> answer, Task? after = null)
    {
        var socket = Bound(out var at);
        _ = Task.Run(async () =>
        {
            var buffer = new byte[512];
            while (true)
            {
                var received = await socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                if (after is not null) await after;
                if (answer(buffer[..received.ReceivedBytes]) is { } packet) await socket.SendToAsync(packet, received.RemoteEndPoint);
            }
        });
        return at;
    }

    private Socket Bound(out IPEndPoint at)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        servers.Add(socket);
        at = (IPEndPoint)socket.LocalEndPoint!;
        return socket;
    }
}
