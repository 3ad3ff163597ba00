using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using MiniKube.Server.Http;

namespace MiniKube.Server.Streams;

/// <summary>A log over a WebSocket: binary messages, or base64 in text messages for clients that can't read binary ones.</summary>
internal static class LogSocket
{
    private static readonly string[] Spoken = ["binary.k8s.io", "base64.binary.k8s.io"];

    public static async Task Run(HttpContext http, IAsyncEnumerable<ReadOnlyMemory<byte>> lines)
    {
        var spoken = SocketProtocol.Of(http, Spoken);
        if (spoken.Fault is { } fault)
        {
            await PodProcess.Refuse(http, fault);
            return;
        }
        using var socket = await spoken.Accept(http);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        var closed = WatchSocket.Hear(socket, over, http.RequestAborted);
        var text = spoken.Name == Spoken[1];
        try
        {
            await foreach (var piece in lines.WithCancellation(over.Token))
            {
                ReadOnlyMemory<byte> message = text ? Encoding.ASCII.GetBytes(Convert.ToBase64String(piece.Span)) : piece;
                await socket.SendAsync(message, text ? WebSocketMessageType.Text : WebSocketMessageType.Binary, endOfMessage: true, over.Token);
            }
            await SocketProtocol.Finish(socket, http.RequestAborted);
            await Farewell.Wait(http, closed, http.RequestAborted);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // The client has seen enough.
        }
    }
}
