using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using MiniKube.Machinery;

namespace MiniKube.Server.Streams;

/// <summary>What is spoken over a WebSocket: the first of our protocols that the client names, or none where it names none.</summary>
internal sealed record SocketProtocol(string? Name, ApiError? Fault)
{
    public static SocketProtocol Of(HttpContext http, IReadOnlyList<string> spoken)
    {
        var asked = http.WebSockets.WebSocketRequestedProtocols;
        var name = spoken.FirstOrDefault(asked.Contains);
        return new(name, name is null && asked.Count > 0 ? ApiError.BadRequest($"unable to upgrade: none of the protocols {string.Join(", ", asked)} is spoken here") : null);
    }

    public Task<WebSocket> Accept(HttpContext http) => http.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { SubProtocol = Name, KeepAliveInterval = TimeSpan.FromSeconds(30) });

    /// <summary>Nothing more will be said from here.</summary>
    public static Task Finish(WebSocket socket, CancellationToken cancel) =>
        socket.State is WebSocketState.Open or WebSocketState.CloseReceived ? socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", cancel) : Task.CompletedTask;
}
