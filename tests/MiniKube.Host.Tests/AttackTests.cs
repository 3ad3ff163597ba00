using System.Net.Sockets;
using System.Text;
using MiniKube.TestKit;

namespace MiniKube.Host.Tests;

/// <summary>What strangers do to a listener, while others are served by it.</summary>
[TestFixture]
public sealed class AttackTests
{
    private ServedPlane served = null!;

    [OneTimeSetUp]
    public async Task Start() => served = await ServedPlane.Start(TimeProvider.System.GetUtcNow(), "user-token,uma,1");

    [OneTimeTearDown]
    public async Task Stop() => await served.DisposeAsync();

    [TestCase("X-Big: {0}", 64 * 1024)]
    [TestCase("Authorization: Bearer {0}", 64 * 1024)]
    [TestCase("Cookie: {0}", 1024 * 1024)]
    public async Task Oversized_headers_are_refused_and_not_kept(string header, int size) =>
        Assert.That(await served.Ask($"GET /version HTTP/1.1\r\nHost: x\r\n{string.Format(header, new string('a', size))}\r\nConnection: close\r\n\r\n"), Does.StartWith("HTTP/1.1 431").Or.Empty);

    [Test]
    public async Task Too_many_headers_are_refused() =>
        Assert.That(await served.Ask($"GET /version HTTP/1.1\r\nHost: x\r\n{string.Concat(Enumerable.Range(0, 2000).Select(i => $"X-{i}: a\r\n"))}Connection: close\r\n\r\n"), Does.StartWith("HTTP/1.1 431").Or.Empty);

    [TestCase("Content-Length: 5\r\nContent-Length: 6\r\n", "hello")]
    [TestCase("Content-Length: 5, 6\r\n", "hello")]
    [TestCase("Content-Length: -1\r\n", "")]
    [TestCase("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")]
    [TestCase("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")]
    [TestCase("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")]
    public async Task A_request_with_two_ends_has_none(string headers, string body)
    {
        var smuggled = $"POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer user-token\r\n{headers}\r\n{body}GET /version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        var answer = await served.Ask(smuggled);
        Assert.That(answer, Does.Match(@"\AHTTP/1.1 4\d\d"), answer);
        Assert.That(answer, Does.Not.Contain("gitVersion"), "what came after it must not count as a request");
    }

    [Test]
    public async Task Length_and_chunks_at_once_end_the_connection()
    {
        var answer = await served.Ask("POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer user-token\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /version HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.That(answer, Does.Not.Contain("gitVersion"), answer);
    }

    [TestCase("X-Remote-User: root\r\nX-Remote-Group: system:masters\r\n")]
    [TestCase("X-Remote-User: system:admin\r\nX-Remote-Extra-Scopes: all\r\nAuthorization: Bearer user-token\r\n")]
    [TestCase("X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-User: root\r\nX-Original-URL: /version\r\nX-HTTP-Method-Override: GET\r\n")]
    public async Task Headers_of_a_proxy_that_is_none_count_for_nothing(string headers) =>
        Assert.That(await served.Ask($"GET /api/v1/secrets HTTP/1.1\r\nHost: x\r\n{headers}Connection: close\r\n\r\n"), Does.StartWith("HTTP/1.1 403"));

    [Test]
    public async Task Who_never_finishes_his_handshake_keeps_nobody_else_out()
    {
        var half = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 3 * HandshakeLimit.Default; i++)
            {
                half.Add(await served.Connect());
                // Every third begins to speak TLS and goes silent.
                if (i % 3 == 0) await half[^1].GetStream().WriteAsync(new byte[] { 22, 3, 1, 2, 0 });
                if (i % 300 == 0) await Fine();
            }
            await Fine();
            Assert.That(served.Plane.Handshakes.Waiting, Is.LessThanOrEqualTo(HandshakeLimit.Default));
            // The first to come was the first to go.
            Assert.That(await Ended(half[0]), Is.True);
        }
        finally
        {
            foreach (var client in half) client.Dispose();
        }
        await Until.True(() => served.Plane.Handshakes.Waiting == 0);
    }

    [Test]
    public async Task Who_dribbles_headers_or_a_body_keeps_nobody_waiting()
    {
        var slow = new List<Stream>();
        try
        {
            for (var i = 0; i < 300; i++)
            {
                var stream = await served.Open();
                slow.Add(stream);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(i % 2 == 0 ? "GET /version HTTP/1.1\r\nHost: x\r\nX-Slow: a"
                    : "POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer user-token\r\nContent-Length: 1000\r\n\r\n{"));
            }
            for (var round = 0; round < 20; round++)
            {
                foreach (var stream in slow.Skip(round).Take(20)) await Dribble(stream);
                await Fine();
            }
        }
        finally
        {
            foreach (var stream in slow) await stream.DisposeAsync();
        }
    }

    /// <summary>Whom the server has lost patience with by now, it may hang up on.</summary>
    private static async Task Dribble(Stream stream)
    {
        try
        {
            await stream.WriteAsync("a"u8.ToArray());
        }
        catch (IOException)
        {
        }
    }

    private async Task Fine()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var client = served.Client();
        Assert.That(await client.GetStringAsync("/api/v1/namespaces/default", patience.Token), Does.Contain("default"));
    }

    private static async Task<bool> Ended(TcpClient client)
    {
        try
        {
            return await client.GetStream().ReadAsync(new byte[1]) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
