using System.Net.Sockets;
using System.Net.WebSockets;

namespace MiniKube.Server.Streams;

/// <summary>Two connections made one.</summary>
public static class Pipes
{
    /// <summary>Carries bytes both ways; an end of one is passed on to the other, and both having ended, or one having broken, is the end.</summary>
    public static async Task Join(WebSocketTunnel tunnel, Stream other, CancellationToken cancel)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var (there, back) = (Carry(tunnel, other, life), Carry(other, tunnel, life));
        await Task.WhenAll(there, back);
    }

    private static async Task Carry(Stream from, Stream to, CancellationTokenSource life)
    {
        try
        {
            await from.CopyToAsync(to, life.Token);
            await End(to, life.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or WebSocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            await life.CancelAsync();
        }
    }

    /// <summary>Nothing more comes from this side.</summary>
    public static async Task End(Stream connection, CancellationToken cancel)
    {
        if (connection is WebSocketTunnel tunnel) await tunnel.CloseOutput(cancel);
        else if (connection is NetworkStream network) network.Socket.Shutdown(SocketShutdown.Send);
    }
}
