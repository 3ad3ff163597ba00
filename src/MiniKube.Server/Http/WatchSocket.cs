using System.Buffers;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;

namespace MiniKube.Server.Http;

/// <summary>A watch over a WebSocket: one text message per event, until the watch ends or the client closes.</summary>
internal static class WatchSocket
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    public static async Task Run(HttpContext http, ApiResponse.Frames frames)
    {
        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        var closed = Hear(socket, over, http.RequestAborted);
        var message = new ArrayBufferWriter<byte>();
        await foreach (var batch in frames.Content.WithCancellation(over.Token))
        {
            foreach (var frame in batch.Frames)
            {
                if (socket.State != WebSocketState.Open) break;
                message.ResetWrittenCount();
                frame.WriteTo(message);
                await socket.SendAsync(message.WrittenMemory, WebSocketMessageType.Text, endOfMessage: true, http.RequestAborted);
            }
        }
        if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", http.RequestAborted);
        // Who does not say good-bye in his turn is not waited for any longer.
        await Task.WhenAny(closed, Task.Delay(Farewell, http.RequestAborted));
    }

    /// <summary>Who only listens has nothing to say but that he leaves.</summary>
    public static async Task Hear(WebSocket socket, CancellationTokenSource over, CancellationToken aborted)
    {
        var ignored = new byte[256];
        try
        {
            while (socket.State is WebSocketState.Open or WebSocketState.CloseSent)
                if ((await socket.ReceiveAsync(ignored.AsMemory(), aborted)).MessageType == WebSocketMessageType.Close) break;
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Gone without a word.
        }
        try
        {
            await over.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // The watch had ended before.
        }
    }
}
