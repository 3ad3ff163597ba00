using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace MiniKube.Server.Tests.Security;

/// <summary>Odd ways of writing a path lead nowhere one may not go: sent as raw bytes to the real listener.</summary>
[TestFixture]
public sealed class PathTests
{
    private TestServer server = null!;
    private WebApplication web = null!;
    private IPEndPoint address = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        server = await TestServer.Start(tokens: new Dictionary<string, UserInfo> { ["user-token"] = new("uma", [UserInfo.Authenticated]) });
        await server.Send("POST", "/api/v1/namespaces/kube-system/secrets", """{"metadata":{"name":"s"},"stringData":{"k":"PLAIN"}}""");
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        web = builder.Build();
        web.Run(server.Assembly.Front.Serve);
        await web.StartAsync();
        var url = new Uri(((IServer)web.Services.GetService(typeof(IServer))!).Features.Get<IServerAddressesFeature>()!.Addresses.First());
        address = new IPEndPoint(IPAddress.Loopback, url.Port);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await web.StopAsync();
        await web.DisposeAsync();
        await server.DisposeAsync();
    }

    [Test]
    public async Task No_spelling_of_a_path_gets_around_authorization(
        [Values("", "Authorization: Bearer user-token\r\n")] string who,
        [Values("/api/v1/namespaces/kube-system/secrets/s", "/api/v1/namespaces/kube-system/secrets", "/metrics")] string path,
        [Values("plain", "trailing", "double", "upper", "slash", "letter", "twice", "dots", "dots-encoded", "dots-health", "absolute", "query", "fragment", "backslash", "null", "semicolon", "watch")] string trick)
    {
        var target = trick switch
        {
            "trailing" => path + "/",
            "double" => path.Replace("/", "//"),
            "upper" => path.ToUpperInvariant(),
            "slash" => "/" + path[1..].Replace("/", "%2f"),
            "letter" => path.Replace("s", "%73").Replace("m", "%6D"),
            "twice" => path.Replace("s", "%2573"),
            "dots" => "/version/.." + path,
            "dots-encoded" => "/version/%2e%2e" + path,
            "dots-health" => "/healthz/../livez/../.." + path,
            "absolute" => "http://127.0.0.1" + path,
            "query" => path + "?/version",
            "fragment" => path + "%23/version",
            "backslash" => "/version\\.." + path,
            "null" => path + "%00",
            "semicolon" => path + ";/version",
            "watch" => path.Replace("/api/v1", "/api/v1/watch"),
            _ => path,
        };
        var answer = await Ask($"GET {target} HTTP/1.1\r\nHost: x\r\n{who}Connection: close\r\n\r\n");
        Assert.Multiple(() =>
        {
            Assert.That(answer, Does.Match(@"\AHTTP/1.1 (400|401|403|404)"), target);
            Assert.That(answer, Does.Not.Contain("UExBSU4="));
        });
    }

    [TestCase("X-Remote-User: root\r\nX-Remote-Group: system:masters\r\n", 403)]
    [TestCase("Impersonate-User: root\r\nImpersonate-Group: system:masters\r\n", 403)]
    [TestCase("Authorization: Bearer user-token\r\nImpersonate-User: root\r\n", 403)]
    [TestCase("Authorization: Bearer wrong\r\n", 401)]
    [TestCase("Authorization: Bearer user-token, Bearer wrong\r\n", 401)]
    [TestCase("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400, 403)]
    [TestCase("Content-Length: 5\r\nContent-Length: 6\r\n", 400)]
    public async Task No_header_makes_one_somebody_else(string headers, params int[] codes)
    {
        var body = headers.Contains("chunked", StringComparison.Ordinal) ? "0\r\n\r\n" : "";
        var answer = await Ask($"GET /api/v1/secrets HTTP/1.1\r\nHost: x\r\n{headers}Connection: close\r\n\r\n{body}");
        Assert.That(codes.Select(c => $"HTTP/1.1 {c}"), Has.Some.EqualTo(answer[..12]), answer);
    }

    private async Task<string> Ask(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }
}
