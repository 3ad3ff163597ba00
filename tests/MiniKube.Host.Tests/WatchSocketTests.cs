using System.Net.WebSockets;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Host.Tests;

/// <summary>A watch over a WebSocket, as browsers ask for it, on the real listener.</summary>
[TestFixture]
public sealed class WatchSocketTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    private readonly CancellationTokenSource patience = new(TimeSpan.FromMinutes(3));
    private ServedPlane served = null!;
    private HttpClient client = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        served = await ServedPlane.Start(TimeProvider.System.GetUtcNow(), "socket-secret,sam,1,\"system:masters\"");
        client = served.Client();
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        client.Dispose();
        await served.DisposeAsync();
        patience.Dispose();
    }

    [Test]
    public async Task Events_come_one_a_message_and_a_client_that_closes_is_answered()
    {
        using var socket = Socket("socket-secret");
        await socket.ConnectAsync(Address("&fieldSelector=metadata.name%3Dmine"), patience.Token);
        await Create("other");
        await Create("mine");
        Assert.That(await Next(socket), Is.EqualTo("ADDED mine"));
        await client.DeleteAsync($"{Maps}/mine", patience.Token);
        Assert.That(await Next(socket), Is.EqualTo("DELETED mine"));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", patience.Token);
        Assert.That((socket.State, socket.CloseStatus), Is.EqualTo((WebSocketState.Closed, (WebSocketCloseStatus?)WebSocketCloseStatus.NormalClosure)));
    }

    [Test]
    public async Task A_watch_that_has_lasted_long_enough_closes()
    {
        using var socket = Socket("socket-secret");
        await socket.ConnectAsync(Address("&timeoutSeconds=1&fieldSelector=metadata.name%3Dnobody"), patience.Token);
        Assert.That(await Next(socket), Is.EqualTo("closed"));
    }

    [Test]
    public void Who_is_nobody_gets_no_socket()
    {
        using var socket = Socket("wrong-secret");
        Assert.That(async () => await socket.ConnectAsync(Address(""), patience.Token), Throws.InstanceOf<WebSocketException>());
    }

    private async Task Create(string name)
    {
        using var body = new StringContent($$$"""{"metadata":{"name":"{{{name}}}"}}""", Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync(Maps, body, patience.Token);
        answer.EnsureSuccessStatusCode();
    }

    private static ClientWebSocket Socket(string token)
    {
        var socket = new ClientWebSocket();
        socket.Options.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        socket.Options.SetRequestHeader("Authorization", "Bearer " + token);
        return socket;
    }

    private Uri Address(string more) => new($"wss://127.0.0.1:{served.Port}{Maps}?watch=1{more}");

    private async Task<string> Next(ClientWebSocket socket)
    {
        var buffer = new byte[64 * 1024];
        var length = 0;
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(length), patience.Token);
            if (part.MessageType == WebSocketMessageType.Close) return "closed";
            length += part.Count;
            if (!part.EndOfMessage) continue;
            var frame = JsonReader.ReadMap(buffer.AsSpan(0, length));
            return $"{frame.Text("type")} {frame.Map("object")!.Map("metadata")!.Text("name")}";
        }
    }
}
