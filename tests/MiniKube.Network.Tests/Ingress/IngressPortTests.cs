#pragma warning disable CA5359 // Whose certificate it is, is what is looked at here.
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using MiniKube.Network.Ingress;
using MiniKube.TestKit;

namespace MiniKube.Network.Tests.Ingress;

/// <summary>Real requests through real ports to a server that tells what it was asked.</summary>
[TestFixture]
public sealed class IngressPortTests
{
    private readonly CancellationTokenSource life = new();
    private readonly int plain = FreePort.Next(), secure = FreePort.Next(), backend = FreePort.Next(), backendTwo = FreePort.Next();
    private readonly List<Task> running = [];
    private readonly List<WebApplication> servers = [];
    private readonly X509Certificate2 fallback = Certificate("fallback");
    private readonly TaskCompletionSource goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Routes routes = Routes.None;

    [OneTimeSetUp]
    public async Task Start()
    {
        servers.Add(await Backend(backend, HttpProtocols.Http1));
        servers.Add(await Backend(backendTwo, HttpProtocols.Http2));
        IngressPort[] ports = [new(plain, () => routes, null, TimeProvider.System, _ => { }), new(secure, () => routes, () => fallback, TimeProvider.System, _ => { })];
        foreach (var port in ports) running.Add(port.Run([IPAddress.Loopback], life.Token));
        await Until.True(() => running.Find(r => r.IsFaulted) is { } failed ? throw failed.Exception! : ports.All(p => p.Listening));
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await life.CancelAsync();
        await Task.WhenAll(running);
        foreach (var server in servers) await server.DisposeAsync();
        fallback.Dispose();
        life.Dispose();
    }

    [Test]
    public async Task Endpoints_are_told_who_asked_for_what()
    {
        Lead("a.test", backend);
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{plain}/x%2Fy/./z?q=%20a") { Content = new StringContent("hello") };
        request.Headers.Host = "a.test";
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", "6.6.6.6");
        request.Headers.TryAddWithoutValidation("X-Own", "1");
        request.Headers.TryAddWithoutValidation("Connection", "X-Hop");
        request.Headers.TryAddWithoutValidation("X-Hop", "1");
        using var response = await client.SendAsync(request);
        var told = await response.Content.ReadAsStringAsync();
        Assert.That(told.Split('\n'), Does.Contain("POST /x%2Fy/z?q=%20a").And.Contain("Host: a.test").And.Contain("X-Forwarded-For: 127.0.0.1").And.Contain("X-Forwarded-Proto: http")
            .And.Contain("X-Forwarded-Host: a.test").And.Contain($"X-Forwarded-Port: {plain}").And.Contain("X-Own: 1").And.Contain("body: hello"));
        Assert.That(told, Does.Not.Contain("X-Hop").And.Not.Contain("6.6.6.6"));
        Assert.That(response.Headers.GetValues("X-Answer").Single(), Is.EqualTo("yes"));
    }

    [Test]
    public async Task What_cannot_be_served_says_why()
    {
        using var client = new HttpClient();
        async Task<string> Ask(string host)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{plain}/p");
            request.Headers.Host = host;
            using var response = await client.SendAsync(request);
            return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
        }

        var closed = FreePort.Next();
        routes = Of(("down.test", new("default/down:80", [$"127.0.0.1:{closed}"], Speech.Http, null)), ("none.test", RouteTarget.Faulty("default/none:80", "service default/none has no endpoint that is ready")),
            ("half.test", new("default/half:80", [$"127.0.0.1:{closed}", $"127.0.0.1:{backend}"], Speech.Http, null)));
        Assert.That(await Ask("unknown.test"), Is.EqualTo("404 minik ingress: no ingress has a rule for host \"unknown.test\" and path \"/p\"\n"));
        Assert.That(await Ask("none.test"), Is.EqualTo("503 minik ingress: service default/none has no endpoint that is ready (ingress default/i)\n"));
        Assert.That(await Ask("down.test"), Does.StartWith($"502 minik ingress: endpoint 127.0.0.1:{closed} of service default/down:80 did not answer: "));
        // Whoever doesn't take a connection is passed over.
        for (var i = 0; i < 4; i++) Assert.That(await Ask("half.test"), Does.StartWith("200 "));
    }

    [Test]
    public async Task Requests_under_way_outlive_a_change_of_routes()
    {
        Lead("a.test", backend);
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{plain}/slow");
        request.Headers.Host = "a.test";
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var heard = new StreamReader(await response.Content.ReadAsStreamAsync());
        var letters = new char[3];
        await heard.ReadBlockAsync(letters);
        Assert.That(new string(letters), Is.EqualTo("one"), "what is said is passed on at once");
        routes = Routes.None;
        goOn.SetResult();
        Assert.That(await heard.ReadToEndAsync(), Is.EqualTo("two"));
    }

    [TestCase("http"), TestCase("https")]
    public async Task WebSockets_are_passed_through(string scheme)
    {
        Lead("127.0.0.1", backend);
        using var socket = new ClientWebSocket();
        if (scheme == "https")
        {
            socket.Options.HttpVersion = HttpVersion.Version20;
            socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        }
        using var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } };
        using var invoker = new HttpMessageInvoker(handler);
        await socket.ConnectAsync(new Uri($"{(scheme == "http" ? "ws" : "wss")}://127.0.0.1:{(scheme == "http" ? plain : secure)}/ws"), invoker, CancellationToken.None);
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        var buffer = new byte[100];
        var received = await socket.ReceiveAsync(buffer, CancellationToken.None);
        Assert.That(Encoding.ASCII.GetString(buffer, 0, received.Count), Is.EqualTo("hello"));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
    }

    [Test]
    public async Task Calls_over_http_2_keep_their_trailers()
    {
        Lead("127.0.0.1", backendTwo);
        using var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } };
        using var client = new HttpClient(handler) { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var content = new StringContent("call");
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var response = await client.PostAsync($"https://127.0.0.1:{secure}/pkg.Service/Method", content);
        Assert.That(await response.Content.ReadAsStringAsync(), Does.StartWith("POST /pkg.Service/Method").And.Contain("body: call").And.Contain("HTTP/2"));
        Assert.That(response.TrailingHeaders.GetValues("grpc-status").Single(), Is.EqualTo("0"));
    }

    [Test]
    public async Task Each_host_shows_its_own_certificate()
    {
        using var one = Certificate("one.test");
        routes = Of(("one.test", new("s", [$"127.0.0.1:{backend}"], Speech.Http, null))) with
        {
            Certificates = new Dictionary<string, HostCertificate>
            {
                ["one.test"] = new("default/one", Encoding.ASCII.GetBytes(one.ExportCertificatePem()), Encoding.ASCII.GetBytes(one.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem())),
                ["bad.test"] = new("default/bad", [1, 2], [3]),
            },
        };
        Assert.That((await Shown("one.test"), await Shown("bad.test"), await Shown("other.test")), Is.EqualTo(("CN=one.test", "CN=fallback", "CN=fallback")));
    }

    private async Task<string> Shown(string host)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, secure);
        await using var tls = new SslStream(socket.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(host);
        return tls.RemoteCertificate!.Subject;
    }

    private void Lead(string host, int port) => routes = Of((host, new("default/s:80", [$"127.0.0.1:{port}"], Speech.Http, null)));

    private static Routes Of(params (string Host, RouteTarget Target)[] all) =>
        new(all.ToDictionary(a => a.Host, a => (IReadOnlyList<Route>)[new Route("default/i", PathKind.Prefix, "/", a.Target, null)]), new Dictionary<string, HostCertificate>());

    private static X509Certificate2 Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
    }

    private async Task<WebApplication> Backend(int port, HttpProtocols protocols)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port, l => l.Protocols = protocols));
        var web = builder.Build();
        web.UseWebSockets();
        web.Run(Tell);
        await web.StartAsync();
        return web;
    }

    private async Task Tell(HttpContext http)
    {
        if (http.WebSockets.IsWebSocketRequest)
        {
            using var socket = await http.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[100];
            while (await socket.ReceiveAsync(buffer, CancellationToken.None) is { MessageType: not WebSocketMessageType.Close } got) await socket.SendAsync(buffer.AsMemory(0, got.Count), got.MessageType, got.EndOfMessage, CancellationToken.None);
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
            return;
        }
        if (http.Request.Path == "/slow")
        {
            await http.Response.WriteAsync("one");
            await http.Response.Body.FlushAsync();
            await goOn.Task;
            await http.Response.WriteAsync("two");
            return;
        }
        http.Response.Headers["X-Answer"] = "yes";
        if (http.Request.Protocol == HttpProtocol.Http2) http.Response.AppendTrailer("grpc-status", "0");
        var raw = http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        using var body = new StreamReader(http.Request.Body);
        await http.Response.WriteAsync($"{http.Request.Method} {raw}\n{string.Concat(http.Request.Headers.Select(h => $"{h.Key}: {h.Value}\n"))}{http.Request.Protocol}\nbody: {await body.ReadToEndAsync()}");
    }
}
