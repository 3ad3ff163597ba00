using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MiniKube.Server.Streams;

namespace MiniKube.Server.Tests.Streams;

/// <summary>Port-forward over the channels of a WebSocket, as client libraries of other languages do it.</summary>
[TestFixture]
public sealed class PortSocketTests
{
    [TestCase("v4.channel.k8s.io")]
    [TestCase("v4.base64.channel.k8s.io")]
    [TestCase(null)]
    public async Task Ports_have_two_channels_each(string? protocol)
    {
        using var pod = new TcpListener(IPAddress.Loopback, 0);
        pod.Start();
        await using var app = await Serve(new Door(pod));
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var socket = await Connect(app, "?ports=80,81", protocol, patience.Token);
        var text = protocol?.Contains("base64", StringComparison.Ordinal) == true;
        byte[] Message(int channel, byte[] data) => text ? [(byte)('0' + channel), .. Encoding.ASCII.GetBytes(Convert.ToBase64String(data))] : [(byte)channel, .. data];
        await socket.SendAsync(Message(0, "hello"u8.ToArray()), text ? WebSocketMessageType.Text : WebSocketMessageType.Binary, true, patience.Token);

        using var accepted = await pod.AcceptTcpClientAsync(patience.Token);
        var heard = new byte[5];
        await accepted.GetStream().ReadExactlyAsync(heard, patience.Token);
        await accepted.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(heard).ToUpperInvariant()), patience.Token);
        accepted.Close();

        var told = new Dictionary<int, List<byte>>();
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer, patience.Token) is { MessageType: not WebSocketMessageType.Close } message)
        {
            var data = buffer.AsSpan(1, message.Count - 1);
            var channel = text ? buffer[0] - '0' : buffer[0];
            if (!told.TryGetValue(channel, out var all)) told[channel] = all = [];
            all.AddRange(text ? Convert.FromBase64String(Encoding.ASCII.GetString(data)) : data.ToArray());
        }
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", patience.Token);
        string Text(int channel) => Encoding.ASCII.GetString([.. told[channel]]);
        Assert.That((Text(0), Text(1), Text(2), Text(3)), Is.EqualTo(("P\0HELLO", "P\0", "Q\0", "Q\0error forwarding port 81 to pod p, uid : nobody listens")));
    }

    [TestCase("")]
    [TestCase("?ports=0")]
    [TestCase("?ports=http")]
    public async Task Without_a_port_there_is_nothing_to_forward(string query)
    {
        await using var app = await Serve(new Door(null));
        Assert.ThrowsAsync<WebSocketException>(() => Connect(app, query, "v4.channel.k8s.io", default));
    }

    private static async Task<ClientWebSocket> Connect(WebApplication app, string query, string? protocol, CancellationToken cancel)
    {
        var socket = new ClientWebSocket();
        if (protocol is not null) socket.Options.AddSubProtocol(protocol);
        await socket.ConnectAsync(new Uri(app.Urls.Single().Replace("http", "ws", StringComparison.Ordinal) + "/" + query), cancel);
        return socket;
    }

    private static async Task<WebApplication> Serve(INodeDoor door)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.UseWebSockets();
        app.MapGet("/", (HttpContext http) => PodPortForward.Take(http, door, "ns", "p"));
        await app.StartAsync();
        return app;
    }

    private sealed class Door(TcpListener? pod) : INodeDoor
    {
        public async Task<(Stream? Connection, string? Refusal)> Connect(string ns, string name, int port, CancellationToken cancel)
        {
            if (port != 80) return (null, "nobody listens");
            var client = new TcpClient();
            await client.ConnectAsync((IPEndPoint)pod!.LocalEndpoint, cancel);
            return (client.GetStream(), null);
        }

        public Task<(IAsyncEnumerable<ReadOnlyMemory<byte>>? Lines, string? Refusal)> Logs(string ns, string name, LogQuery query, CancellationToken cancel) => throw new NotSupportedException();

        public Task<(IProcessDoor? Process, string? Refusal)> Open(string ns, string name, ProcessQuery query, CancellationToken cancel) => throw new NotSupportedException();
    }
}
