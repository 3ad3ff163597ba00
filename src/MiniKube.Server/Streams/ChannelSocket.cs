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
    public const byte Input = 0;
    public const byte Output = 1;
    public const byte ErrorOutput = 2;
    public const byte End = 3;
    public const byte Size = 4;
    public const byte Close = 255;

    private static readonly string[] Spoken = ["v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "channel.k8s.io", "base64.channel.k8s.io"];

    public static async Task Run(HttpContext http, ProcessQuery query, Func<CancellationToken, Task<(IProcessDoor?, string?)>> open)
    {
        var spoken = SocketProtocol.Of(http, Spoken);
        if (spoken.Fault is { } fault)
        {
            await PodProcess.Refuse(http, fault);
            return;
        }
        using var socket = await spoken.Accept(http);
        using var messages = new ChannelMessages(socket, ChannelMessages.IsText(spoken.Name));
        using var life = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);

        using var running = CancellationTokenSource.CreateLinkedTokenSource(life.Token);

        Task Send(byte channel, ReadOnlyMemory<byte> data) => messages.Send(channel, data, life.Token);

        try
        {
            var (process, refusal) = await open(life.Token);
            var input = Receive(messages, process, query, life, running.Token);
            if (process is null)
            {
                if (ProcessEnd.Told(spoken.Name, ProcessEnd.Failed(refusal!)) is { } why) await Send(End, why);
            }
            else
            {
                await using var ends = process;
                await foreach (var (isError, data) in process.Read(life.Token)) await Send(isError ? ErrorOutput : Output, data);
                if (ProcessEnd.Told(spoken.Name, ProcessEnd.Of(await process.ExitCode(life.Token))) is { } end) await Send(End, end);
                // What still comes is for nobody, but read: unread, it would break the connection as it closes.
                await running.CancelAsync();
            }
            await SocketProtocol.Finish(socket, life.Token);
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
}
