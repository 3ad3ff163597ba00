using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Probes;

namespace MiniKube.Kubelet.Tests;

/// <summary>Probes on their own thread say what they say in the thread pool, and wait for nobody there.</summary>
[TestFixture]
public sealed class ProbeLoopTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);
    private static readonly ContainerInfo Running = new("c", new("u", "ns", "p"), "c", 0, ContainerPhase.Running);

    private readonly ProbeLoop loop = new(TimeProvider.System);
    private readonly ProbeCheck check = new(null!);

    [OneTimeTearDown]
    public void End() => loop.Dispose();

    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true, "")]
    [TestCase("HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\nContent-Length: 3\r\n\r\nsee", true, "Probe terminated redirects, Response body: see")]
    [TestCase("HTTP/1.1 404 Not Found\r\n\r\n", false, "HTTP probe failed with statuscode: 404")]
    [TestCase("", false, "Get \"URL\": EOF")]
    [TestCase("SSH-2.0-server\r\n", false, "Get \"URL\": net/http: HTTP/1.x transport connection broken: malformed HTTP response \"SSH-2.0-server\"")]
    public async Task A_page_is_judged_as_elsewhere(string answer, bool success, string output)
    {
        using var server = new Server(_ => answer);
        var told = await Ask(new() { HttpGet = new() { Port = server.Port } });
        Assert.That((told.Success, told.Output), Is.EqualTo((success, output.Replace("URL", $"http://127.0.0.1:{server.Port}/", StringComparison.Ordinal))));
        Assert.That(told, Is.EqualTo(await check.Ask(new() { HttpGet = new() { Port = server.Port } }, new(), Running, "127.0.0.1", default)));
    }

    [Test]
    public async Task Redirects_are_followed_and_headers_sent()
    {
        using var server = new Server(asked => asked.StartsWith("GET /b HTTP/1.1\r\n", StringComparison.Ordinal) && asked.Contains("X-A: 1\r\n", StringComparison.Ordinal) ? "HTTP/1.1 200 OK\r\n\r\n" : "HTTP/1.1 301 Moved\r\nLocation: /b\r\n\r\n");
        Assert.That((await Ask(new() { HttpGet = new() { Port = server.Port, HttpHeaders = [new() { Name = "X-A", Value = "1" }] } })).Success, Is.True);
    }

    [Test]
    public async Task A_long_answer_comes_in_many_pieces()
    {
        using var server = new Server(_ => "HTTP/1.1 503 No\r\n\r\n" + new string('x', 5_000_000));
        Assert.That((await Ask(new() { HttpGet = new() { Port = server.Port } })).Output, Is.EqualTo("HTTP probe failed with statuscode: 503"));
    }

    /// <summary>The second is not on every machine.</summary>
    private static IEnumerable<string> Loopbacks() => new[] { "127.0.0.1", "::1" }.Where(address =>
    {
        try
        {
            using var tried = new TcpListener(IPAddress.Parse(address), 0);
            tried.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    });

    [TestCaseSource(nameof(Loopbacks))]
    public async Task A_door_is_open_or_not(string host)
    {
        using var open = new TcpListener(IPAddress.Parse(host), 0);
        open.Start();
        var port = ((IPEndPoint)open.LocalEndpoint).Port;
        Assert.That(await Ask(new() { TcpSocket = new() { Port = port } }, host), Is.EqualTo(new ProbeAnswer(true, "")));
        open.Stop();
        Assert.That(await Ask(new() { TcpSocket = new() { Port = port } }, host), Is.EqualTo(new ProbeAnswer(false, $"dial tcp {new IPEndPoint(IPAddress.Parse(host), port)}: connect: connection refused")));
    }

    [Test]
    public async Task Who_does_not_answer_in_time_has_failed()
    {
        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();
        var port = ((IPEndPoint)mute.LocalEndpoint).Port;
        var told = await Ask(new() { HttpGet = new() { Port = port }, TimeoutSeconds = 1 });
        Assert.That(told, Is.EqualTo(new ProbeAnswer(false, $"Get \"http://127.0.0.1:{port}/\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)")));
    }

    [Test]
    public async Task Whoever_is_cancelled_waits_no_more()
    {
        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();
        using var enough = new CancellationTokenSource();
        var asking = Ask(new() { HttpGet = new() { Port = ((IPEndPoint)mute.LocalEndpoint).Port }, TimeoutSeconds = 3600 }, cancel: enough.Token);
        var resting = On(async () => { await loop.Delay(TimeSpan.FromHours(1), enough.Token); return true; });
        using var held = await mute.AcceptSocketAsync().WaitAsync(Long);
        await enough.CancelAsync();
        Assert.That(async () => await asking.WaitAsync(Long), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await resting.WaitAsync(Long), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Many_at_once_share_one_thread_and_nobody_waits_for_another()
    {
        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();
        using var enough = new CancellationTokenSource();
        var stuck = Ask(new() { HttpGet = new() { Port = ((IPEndPoint)mute.LocalEndpoint).Port }, TimeoutSeconds = 3600 }, cancel: enough.Token);
        using var server = new Server(_ => "HTTP/1.1 200 OK\r\n\r\n");
        var threads = new HashSet<int>();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => On(async () =>
        {
            await loop.Delay(TimeSpan.FromMilliseconds(1), default);
            var told = await check.Ask(loop, new() { HttpGet = new() { Port = server.Port }, TimeoutSeconds = 60 }, new(), Running, "127.0.0.1", default);
            threads.Add(Environment.CurrentManagedThreadId);
            return told.Success ? true : throw new InvalidOperationException(told.Output);
        }))).WaitAsync(Long);
        Assert.That((threads.Count, stuck.IsCompleted), Is.EqualTo((1, false)));
        await enough.CancelAsync();
    }

    [Test]
    public void An_ended_loop_keeps_nobody_waiting()
    {
        var brief = new ProbeLoop(TimeProvider.System);
        var ended = new TaskCompletionSource<bool>();
        var began = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        brief.Start(async () =>
        {
            try
            {
                began.SetResult(true);
                await brief.Delay(TimeSpan.FromHours(1), default);
            }
            catch (OperationCanceledException)
            {
                ended.SetResult(true);
            }
        });
        Assert.That(began.Task.Wait(Long), Is.True);
        brief.Dispose();
        Assert.That(ended.Task.Wait(Long), Is.True);
        brief.Start(() => throw new UnreachableException());
    }

    private Task<ProbeAnswer> Ask(Probe probe, string host = "127.0.0.1", CancellationToken cancel = default) => On(() => check.Ask(loop, probe, new(), Running, host, cancel));

    private Task<T> On<T>(Func<Task<T>> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Start(async () =>
        {
            try
            {
                done.SetResult(await work());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return done.Task.WaitAsync(TimeSpan.FromSeconds(120));
    }

    /// <summary>Answers every request with a text and closes.</summary>
    private sealed class Server : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);

        public Server(Func<string, string> answer)
        {
            listener.Start(512);
            _ = Task.Run(async () =>
            {
                while (true)
                {
                    var client = await listener.AcceptSocketAsync();
                    _ = Task.Run(async () =>
                    {
                        using (client)
                        {
                            var asked = new byte[4096];
                            var got = await client.ReceiveAsync(asked);
                            await client.SendAsync(Encoding.UTF8.GetBytes(answer(Encoding.UTF8.GetString(asked, 0, got))));
                            client.Shutdown(SocketShutdown.Send);
                        }
                    });
                }
            });
        }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public void Dispose() => listener.Dispose();
    }
}
