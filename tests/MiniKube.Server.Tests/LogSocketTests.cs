using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MiniKube.Server.Streams;

namespace MiniKube.Server.Tests;

/// <summary>Logs over a WebSocket, as browsers and client libraries ask for them.</summary>
[TestFixture]
public sealed class LogSocketTests
{
    [TestCase("binary.k8s.io", WebSocketMessageType.Binary, "one\ntwo\n")]
    [TestCase("base64.binary.k8s.io", WebSocketMessageType.Text, "b25lCg==dHdvCg==")]
    [TestCase(null, WebSocketMessageType.Binary, "one\ntwo\n")]
    public async Task A_log_comes_in_messages_and_ends_with_a_close(string? protocol, WebSocketMessageType type, string text)
    {
        await using var app = await Serve();
        using var socket = new ClientWebSocket();
        if (protocol is not null) socket.Options.AddSubProtocol(protocol);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await socket.ConnectAsync(new Uri(app.Urls.Single().Replace("http", "ws", StringComparison.Ordinal)), patience.Token);
        Assert.That(socket.SubProtocol, Is.EqualTo(protocol));
        var (told, buffer) = (new StringBuilder(), new byte[1024]);
        while (await socket.ReceiveAsync(buffer, patience.Token) is { MessageType: not WebSocketMessageType.Close } message)
        {
            Assert.That(message.MessageType, Is.EqualTo(type));
            told.Append(Encoding.UTF8.GetString(buffer, 0, message.Count));
        }
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", patience.Token);
        Assert.That(told.ToString(), Is.EqualTo(text));
    }

    [Test]
    public async Task Whoever_speaks_another_protocol_is_refused()
    {
        await using var app = await Serve();
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("v9.something");
        socket.Options.CollectHttpResponseDetails = true;
        Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri(app.Urls.Single().Replace("http", "ws", StringComparison.Ordinal)), default));
        Assert.That(socket.HttpStatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    private static async Task<WebApplication> Serve()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.UseWebSockets();
        app.MapGet("/", (HttpContext http) => NodeStreams.Lines(http, Lines()));
        await app.StartAsync();
        return app;
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Lines()
    {
        yield return "one\n"u8.ToArray();
        await Task.Yield();
        yield return "two\n"u8.ToArray();
    }
}
