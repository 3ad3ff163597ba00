using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using MiniKube.Machinery;
using MiniKube.Server.Http;

namespace MiniKube.Server.Streams;

/// <summary>A log over a WebSocket: binary messages, or base64 in text messages for clients that can't read binary ones.</summary>
internal static class LogSocket
{
    private static readonly string[] Spoken = ["binary.k8s.io", "base64.binary.k8s.io"];

    public static async Task Run(HttpContext http, IAsyncEnumerable<ReadOnlyMemory<byte>> lines)
    {
        var asked = http.WebSockets.WebSocketRequestedProtocols;
        var protocol = Spoken.FirstOrDefault(asked.Contains);
        if (protocol is null && asked.Count > 0)
        {
            await PodProcess.Refuse(http, ApiError.BadRequest($"unable to upgrade: none of the protocols {string.Join(", ", asked)} is spoken here"));
            return;
        }
        using var socket = await http.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { SubProtocol = protocol, KeepAliveInterval = TimeSpan.FromSeconds(30) });
        using var over = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        var closed = WatchSocket.Hear(socket, over, http.RequestAborted);
        var text = protocol == Spoken[1];
        try
        {
            await foreach (var piece in lines.WithCancellation(over.Token))
            {
                ReadOnlyMemory<byte> message = text ? Encoding.ASCII.GetBytes(Convert.ToBase64String(piece.Span)) : piece;
                await socket.SendAsync(message, text ? WebSocketMessageType.Text : WebSocketMessageType.Binary, endOfMessage: true, over.Token);
            }
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", http.RequestAborted);
            await Farewell.Wait(http, closed, http.RequestAborted);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // The client has seen enough.
        }
    }
}
