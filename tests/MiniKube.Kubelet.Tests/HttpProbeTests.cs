using System.Net;
using System.Net.Sockets;
using System.Text;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Containers;
using MiniKube.Kubelet.Probes;

namespace MiniKube.Kubelet.Tests;

[TestFixture]
public sealed class HttpProbeTests
{
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true, "")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", true, "")]
    [TestCase("HTTP/1.0 204 No Content\r\n\r\n", true, "")]
    [TestCase("HTTP/1.1 200\r\n\r\n", true, "")]
    [TestCase("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", true, "")]
    [TestCase("HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\nContent-Length: 3\r\n\r\nsee", true, "Probe terminated redirects, Response body: see")]
    [TestCase("HTTP/1.1 304 Not Modified\r\n\r\n", true, "Probe terminated redirects, Response body: ")]
    [TestCase("HTTP/1.1 404 Not Found\r\n\r\n", false, "HTTP probe failed with statuscode: 404")]
    [TestCase("HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n", false, "HTTP probe failed with statuscode: 503")]
    [TestCase("", false, "Get \"URL\": EOF")]
    [TestCase("HTTP/1.1 200 OK\r\nContent", false, "Get \"URL\": unexpected EOF")]
    [TestCase("SSH-2.0-server\r\n", false, "Get \"URL\": net/http: HTTP/1.x transport connection broken: malformed HTTP response \"SSH-2.0-server\"")]
    [TestCase("HTTP/1.1 fine\r\n\r\n", false, "Get \"URL\": net/http: HTTP/1.x transport connection broken: malformed HTTP response \"HTTP/1.1 fine\"")]
    public async Task An_answer_is_judged_as_upstream_does(string answer, bool success, string output)
    {
        using var server = new Answers(_ => answer);
        var told = await server.Probe("/");
        Assert.That((told.Success, told.Output), Is.EqualTo((success, output.Replace("URL", server.Url("/"), StringComparison.Ordinal))));
        Assert.That(told.Doubtful, Is.EqualTo(output.StartsWith("Probe terminated", StringComparison.Ordinal)));
    }

    [Test]
    public async Task Where_nobody_speaks_grpc_is_worded_as_where_nobody_answers_in_time()
    {
        var told = await new ProbeCheck(null!).Ask(new() { Grpc = new() { Port = 1 }, TimeoutSeconds = 2 }, new(), new("id", new("u", "ns", "p"), "c", 0, ContainerPhase.Running), "127.0.0.1", CancellationToken.None);
        Assert.That(told, Is.EqualTo(new ProbeAnswer(false, "timeout: failed to connect service \"127.0.0.1:1\" within 2s: context deadline exceeded")));
    }

    [Test]
    public async Task A_redirect_to_the_same_host_is_followed()
    {
        using var server = new Answers(asked => asked.StartsWith("GET /deep/a ", StringComparison.Ordinal) ? "HTTP/1.1 301 Moved\r\nLocation: b?c=1\r\n\r\n" : asked.StartsWith("GET /deep/b?c=1 ", StringComparison.Ordinal) ? "HTTP/1.1 500 No\r\n\r\n" : "HTTP/1.1 200 OK\r\n\r\n");
        Assert.That(await server.Probe("/deep/a"), Is.EqualTo(new ProbeAnswer(false, "HTTP probe failed with statuscode: 500")));
    }

    [Test]
    public async Task Redirects_without_end_are_given_up()
    {
        using var server = new Answers(_ => "HTTP/1.1 302 Found\r\nLocation: /again\r\n\r\n");
        Assert.That(await server.Probe("/"), Is.EqualTo(new ProbeAnswer(false, $"Get \"{server.Url("/again")}\": stopped after 10 redirects")));
    }

    [TestCase("HTTP/1.1 503 Unavailable\r\n\r\n", null)]
    [TestCase("HTTP/1.1 200 OK\r\n\r\n", null)]
    [TestCase("", "Get \"URL\": EOF")]
    public async Task A_hook_minds_only_that_nobody_answers(string answer, string? error)
    {
        using var server = new Answers(asked => asked.Contains("User-Agent: kube-lifecycle/1.36\r\n", StringComparison.Ordinal) ? answer : "HTTP/1.1 wrong agent\r\n\r\n");
        var url = new Uri(server.Url("/up?a=b"));
        var hook = new LifecycleHandler { HttpGet = new() { Path = "/up?a=b", Port = url.Port, Host = url.Host } };
        var hooks = new Hooks(null!, new(null!), TimeProvider.System);
        Assert.That(await hooks.Run(hook, new("uid", "n", "p"), new() { Name = "c" }, null!, "192.0.2.1", default),
            Is.EqualTo(error is null ? null : $"HTTP lifecycle hook (/up?a=b) for Container \"c\" in Pod \"p_n(uid)\" failed - error: {error.Replace("URL", server.Url("/up?a=b"), StringComparison.Ordinal)}"));
    }

    [Test]
    public async Task An_endless_body_is_read_in_part_only()
    {
        using var server = new Answers(_ => "HTTP/1.1 200 OK\r\n\r\n" + new string('x', 1_000_000));
        Assert.That((await server.Probe("/")).Success, Is.True);
    }

    [Test]
    public void What_is_asked_names_host_and_asker()
    {
        Assert.That(HttpProbe.Request(new("http://10.0.0.1:80/a?b=c"), [], "kube-probe/1.36"), Is.EqualTo("GET /a?b=c HTTP/1.1\r\nHost: 10.0.0.1:80\r\nUser-Agent: kube-probe/1.36\r\nAccept: */*\r\nConnection: close\r\n\r\n"));
        HTTPHeader[] headers = [new() { Name = "host", Value = "web.example" }, new() { Name = "User-Agent", Value = "me" }, new() { Name = "Accept", Value = "" }, new() { Name = "X-A", Value = "1" }, new() { Name = "X-A", Value = "2" }];
        Assert.That(HttpProbe.Request(new("http://10.0.0.1:8080/"), headers, "kube-probe/1.36"), Is.EqualTo("GET / HTTP/1.1\r\nHost: web.example\r\nUser-Agent: me\r\nConnection: close\r\nX-A: 1\r\nX-A: 2\r\n\r\n"));
    }

    [TestCase(null, null, "http://10.0.0.1:8080/")]
    [TestCase("HTTPS", "healthz?full=1", "https://10.0.0.1:8080/healthz?full=1")]
    [TestCase("HTTP", "/a/b", "http://10.0.0.1:8080/a/b")]
    public void The_address_is_made_of_what_is_given(string? scheme, string? path, string url) =>
        Assert.That(HttpProbe.Text(HttpProbe.Url(new HTTPGetAction { Scheme = scheme, Path = path }, 8080, "10.0.0.1")), Is.EqualTo(url));

    [Test]
    public async Task A_closed_port_refuses()
    {
        int port;
        using (var server = new Answers(_ => "")) port = server.Port;
        var told = await new ProbeCheck(null!).Get(new() { Port = port }, new(), "127.0.0.1", CancellationToken.None);
        Assert.That(told, Is.EqualTo(new ProbeAnswer(false, $"Get \"http://127.0.0.1:{port}/\": dial tcp 127.0.0.1:{port}: connect: connection refused")));
    }

    [Test]
    public async Task Who_does_not_answer_runs_out_of_time()
    {
        using var server = new Answers(_ => null);
        var told = await new ProbeCheck(null!).Ask(new() { HttpGet = new() { Port = server.Port }, TimeoutSeconds = 1 }, new(), new("c", new("u", "ns", "p"), "c", 0, ContainerPhase.Running), "127.0.0.1", CancellationToken.None);
        Assert.That(told, Is.EqualTo(new ProbeAnswer(false, $"Get \"{server.Url("/")}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)")));
    }

    /// <summary>Answers every connection with bytes of the test's choice and closes it; null leaves it open without a word.</summary>
    private sealed class Answers : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly List<Socket> open = [];

        public Answers(Func<string, string?> answer)
        {
            listener.Start();
            _ = Task.Run(async () =>
            {
                while (true)
                {
                    var socket = await listener.AcceptSocketAsync();
                    open.Add(socket);
                    var asked = new byte[4096];
                    var have = 0;
                    while (!Encoding.ASCII.GetString(asked, 0, have).EndsWith("\r\n\r\n", StringComparison.Ordinal)) have += await socket.ReceiveAsync(asked.AsMemory(have));
                    if (answer(Encoding.ASCII.GetString(asked, 0, have)) is not { } bytes) continue;
                    try
                    {
                        await socket.SendAsync(Encoding.ASCII.GetBytes(bytes));
                        socket.Shutdown(SocketShutdown.Send);
                    }
                    catch (SocketException)
                    {
                        // It had heard enough.
                    }
                }
            });
        }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public string Url(string path) => $"http://127.0.0.1:{Port}{path}";

        public Task<ProbeAnswer> Probe(string path) => new ProbeCheck(null!).Get(new() { Port = Port, Path = path }, new(), "127.0.0.1", CancellationToken.None);

        public void Dispose()
        {
            listener.Dispose();
            foreach (var socket in open) socket.Dispose();
        }
    }
}
