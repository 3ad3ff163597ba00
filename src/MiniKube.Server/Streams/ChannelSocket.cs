using System.Buffers;
using System.Buffers.Text;
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

    private const int LargestPiece = 64 * 1024;

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

        using var running = CancellationTokenSource.CreateLinkedTokenSource(life.Token);

        async Task Send(byte channel, ReadOnlyMemory<byte> data)
        {
            var message = ArrayPool<byte>.Shared.Rent(1 + Base64.GetMaxEncodedToUtf8Length(data.Length));
            try
            {
                var size = data.Length;
                message[0] = text ? (byte)('0' + channel) : channel;
                if (text) Base64.EncodeToUtf8(data.Span, message.AsSpan(1), out _, out size);
                else data.Span.CopyTo(message.AsSpan(1));
                await turn.WaitAsync(life.Token);
                try
                {
                    await socket.SendAsync(message.AsMemory(0, 1 + size), text ? WebSocketMessageType.Text : WebSocketMessageType.Binary, endOfMessage: true, life.Token);
                }
                finally
                {
                    turn.Release();
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(message);
            }
        }

        try
        {
            var (process, refusal) = await open(life.Token);
            var input = Receive(socket, process, query, text, life, running.Token);
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

    /// <summary>Messages of the client, in pieces as they come: one may be as long as it likes.</summary>
    private static async Task Receive(WebSocket socket, IProcessDoor? process, ProcessQuery query, bool text, CancellationTokenSource life, CancellationToken running)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(1 + LargestPiece);
        try
        {
            while (true)
            {
                // Enough of it to know the channel and, in text, to end at a whole group of four; small ones as a whole.
                var (length, part) = await Fill(socket, buffer, 0, life.Token);
                if (part.MessageType == WebSocketMessageType.Close) break;
                if (length == 0) continue;
                var channel = text ? (byte)(buffer[0] - '0') : buffer[0];
                while (true)
                {
                    var size = length - 1;
                    if (text) Base64.DecodeFromUtf8InPlace(buffer.AsSpan(1, size), out size);
                    if (process is not null && !running.IsCancellationRequested) await Take(process, query, channel, buffer.AsMemory(1, size), running);
                    if (part.EndOfMessage) break;
                    (length, part) = await Fill(socket, buffer, 1, life.Token);
                    if (part.MessageType == WebSocketMessageType.Close) return;
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // Either side is gone.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            await life.CancelAsync();
        }
    }

    private static async Task<(int Length, ValueWebSocketReceiveResult Last)> Fill(WebSocket socket, byte[] buffer, int length, CancellationToken cancel)
    {
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(length, 1 + LargestPiece - length), cancel);
            length += part.Count;
            if (part.EndOfMessage || length > LargestPiece || part.MessageType == WebSocketMessageType.Close) return (length, part);
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
