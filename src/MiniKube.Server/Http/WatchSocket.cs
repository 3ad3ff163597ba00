using System.Buffers;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;

namespace MiniKube.Server.Http;

/// <summary>A watch over a WebSocket: one text message per event.</summary>
internal static class WatchSocket
{
    public static async Task Run(HttpContext http, ApiResponse.Frames frames)
    {
        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        var message = new ArrayBufferWriter<byte>();
        await foreach (var batch in frames.Content.WithCancellation(http.RequestAborted))
        {
            foreach (var frame in batch.Frames)
            {
                if (socket.State != WebSocketState.Open) return;
                message.ResetWrittenCount();
                frame.WriteTo(message);
                await socket.SendAsync(message.WrittenMemory, WebSocketMessageType.Text, endOfMessage: true, http.RequestAborted);
            }
        }
        if (socket.State == WebSocketState.Open) await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", http.RequestAborted);
    }
}
