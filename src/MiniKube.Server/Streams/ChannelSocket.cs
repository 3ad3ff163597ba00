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
        using var messages = new ChannelMessages(socket, ChannelMessages.IsText(protocol));
        using var life = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);

        using var running = CancellationTokenSource.CreateLinkedTokenSource(life.Token);

        Task Send(byte channel, ReadOnlyMemory<byte> data) => messages.Send(channel, data, life.Token);

        try
        {
            var (process, refusal) = await open(life.Token);
            var input = Receive(messages, process, query, life, running.Token);
            if (process is null)
            {
                if (ProcessEnd.Told(protocol, ProcessEnd.Failed(refusal!)) is { } why) await Send(End, why);
            }
            else
            {
                await using var ends = process;
                await foreach (var (isError, data) in process.Read(life.Token)) await Send(isError ? ErrorOutput : Output, data);
                if (ProcessEnd.Told(protocol, ProcessEnd.Of(await process.ExitCode(life.Token))) is { } end) await Send(End, end);
                // What still comes is for nobody, but read: unread, it would break the connection as it closes.
                await running.CancelAsync();
            }
            await CloseSocket(socket, life.Token);
            await Farewell.Wait(http, input, life.Token);
            await life.CancelAsync();
            await input;
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException)
        {
            // The client is gone; closing the streams tells the process.
            await life.CancelAsync();
        }
    }

    private static async Task Receive(ChannelMessages messages, IProcessDoor? process, ProcessQuery query, CancellationTokenSource life, CancellationToken running)
    {
        try
        {
            await foreach (var (channel, data) in messages.Read(life.Token))
                if (process is not null && !running.IsCancellationRequested) await Take(process, query, channel, data, running);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // Either side is gone.
        }
        finally
        {
            await life.CancelAsync();
        }
    }

    private static async Task Take(IProcessDoor process, ProcessQuery query, byte channel, ReadOnlyMemory<byte> data, CancellationToken running)
    {
        try
        {
            switch (channel)
            {
                case Input when query.Stdin && data.Length > 0:
                    await process.Write(data, running);
                    break;
                case Close when data.Length > 0 && data.Span[0] == Input:
                    await process.CloseInput(running);
                    break;
                case Size:
                    await Resize(process, data, running);
                    break;
            }
        }
        catch (OperationCanceledException)
        {
            // It has ended while there was input left; whether the client is there still, the next read tells.
        }
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
