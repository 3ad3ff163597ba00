using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using MiniKube.Machinery;

namespace MiniKube.Server.Streams;

/// <summary>
/// A process's streams as channels of one WebSocket: the first byte of a message names the channel (0 input, 1 output,
/// 2 error output, 3 the end, 4 size; from v5 on 255 closes the one that follows).
/// </summary>
internal static class ChannelSocket
{
    private const byte Input = 0;
    private const byte Output = 1;
    private const byte ErrorOutput = 2;
    private const byte End = 3;
    private const byte Size = 4;
    private const byte Close = 255;

    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private static readonly string[] Spoken = ["v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "channel.k8s.io", "base64.channel.k8s.io"];

    public static async Task Run(HttpContext http, ProcessQuery query, Func<CancellationToken, Task<(IProcessDoor?, string?)>> open)
    {
        var asked = http.WebSockets.WebSocketRequestedProtocols;
        var protocol = Spoken.FirstOrDefault(asked.Contains);
        if (protocol is null && asked.Count > 0)
        {
            await PodProcess.Refuse(http, ApiError.BadRequest($"unable to upgrade: none of the protocols {string.Join(", ", asked)} is spoken here"));
            return;
        }
        using var socket = await http.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { SubProtocol = protocol, KeepAliveInterval = TimeSpan.FromSeconds(30) });
        var text = protocol?.Contains("base64", StringComparison.Ordinal) == true;
        using var turn = new SemaphoreSlim(1, 1);
        using var life = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);

        async Task Send(byte channel, ReadOnlyMemory<byte> data)
        {
            byte[] message = text ? [(byte)('0' + channel), .. System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(data.Span))] : [channel, .. data.Span];
            await turn.WaitAsync(life.Token);
            try
            {
                await socket.SendAsync(message, text ? WebSocketMessageType.Text : WebSocketMessageType.Binary, endOfMessage: true, life.Token);
            }
            finally
            {
                turn.Release();
            }
        }

        try
        {
            var (process, refusal) = await open(life.Token);
            var input = Receive(socket, process, query, text, life);
            if (process is null)
            {
                await Send(End, ProcessEnd.Failed(refusal!));
            }
            else
            {
                await using var running = process;
                await foreach (var (isError, data) in process.Read(life.Token)) await Send(isError ? ErrorOutput : Output, data);
                await Send(End, ProcessEnd.Of(await process.ExitCode(life.Token)));
            }
            await CloseSocket(socket, life.Token);
            // Cancelling a read breaks the connection, and the client could lose what it hasn't read: it closes first.
            await Task.WhenAny(input, Task.Delay(Farewell, life.Token));
            await life.CancelAsync();
            await input;
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException)
        {
            // The client is gone; closing the streams tells the process.
        }
    }

    private static async Task Receive(WebSocket socket, IProcessDoor? process, ProcessQuery query, bool text, CancellationTokenSource life)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                var length = 0;
                WebSocketReceiveResult part;
                do
                {
                    if (length == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
                    part = await socket.ReceiveAsync(new ArraySegment<byte>(buffer, length, buffer.Length - length), life.Token);
                    length += part.Count;
                }
                while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close) break;
                if (length == 0 || process is null) continue;
                var channel = text ? (byte)(buffer[0] - '0') : buffer[0];
                ReadOnlyMemory<byte> data = text ? Convert.FromBase64String(System.Text.Encoding.ASCII.GetString(buffer, 1, length - 1)) : buffer.AsMemory(1, length - 1);
                switch (channel)
                {
                    case Input when query.Stdin && data.Length > 0:
                        await process.Write(data, life.Token);
                        break;
                    case Close when data.Length > 0 && data.Span[0] == Input:
                        await process.CloseInput(life.Token);
                        break;
                    case Size:
                        await Resize(process, data, life.Token);
                        break;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException or System.Net.Sockets.SocketException)
        {
            // Either side is gone.
        }
        await life.CancelAsync();
    }

    public static async Task Resize(IProcessDoor process, ReadOnlyMemory<byte> data, CancellationToken cancel)
    {
        try
        {
            var size = JsonReader.ReadMap(data.Span);
            if (size.Whole("Width") is { } width && size.Whole("Height") is { } height) await process.Resize((int)width, (int)height, cancel);
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or IOException or InvalidOperationException)
        {
            // A size nobody understands changes nothing.
        }
    }

    private static async Task CloseSocket(WebSocket socket, CancellationToken cancel)
    {
        if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", cancel);
    }
}
