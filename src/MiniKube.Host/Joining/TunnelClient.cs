using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Server.Streams;

namespace MiniKube.Host;

/// <summary>
/// The node's end of <see cref="NodeTunnels"/>: keeps a WebSocket to the server open, and for every number that comes over it joins the
/// node's own port with another WebSocket of that number.
/// </summary>
internal sealed class TunnelClient(HttpApiOptions options, IPEndPoint port, TimeProvider time, Action<string> say, Action<string> warn) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    // A connection a WebSocket: there is nothing to pool.
    private readonly HttpMessageInvoker http = new(new SocketsHttpHandler { SslOptions = ClientTls.For(options), ConnectTimeout = Patience, UseProxy = false });

    /// <summary>Dials again whenever the connection breaks.</summary>
    public async Task Run(CancellationToken cancel)
    {
        var pause = FirstPause;
        string? said = null;
        while (!cancel.IsCancellationRequested)
        {
            string why;
            using (var control = Socket(keepAlive: true))
            {
                try
                {
                    await Connect(control, "", cancel);
                    say($"connected to {options.Server.GetLeftPart(UriPartial.Authority)}");
                    (pause, said) = (FirstPause, null);
                    await Serve(control, cancel);
                    why = "the server closed it";
                }
                catch (Exception e) when (IsBroken(e) || e is OperationCanceledException)
                {
                    if (cancel.IsCancellationRequested) return;
                    why = control.HttpStatusCode switch
                    {
                        HttpStatusCode.Conflict => "the server's own node has the same name: give this one another with --node-name",
                        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => "the server doesn't take this node's certificate",
                        _ => (e.InnerException ?? e).Message,
                    };
                }
            }
            if (said != why) warn($"no connection to {options.Server.GetLeftPart(UriPartial.Authority)}: {why}; trying again");
            said = why;
            await Task.Delay(pause, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    public void Dispose() => http.Dispose();

    private async Task Serve(ClientWebSocket control, CancellationToken cancel)
    {
        using var turn = new SemaphoreSlim(1, 1);
        using var life = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var buffer = new byte[256];
        var bringing = new HashSet<Task>();
        try
        {
            while (await control.ReceiveAsync(buffer.AsMemory(), cancel) is { MessageType: not WebSocketMessageType.Close } message)
            {
                bringing.RemoveWhere(t => t.IsCompleted);
                bringing.Add(Bring(control, turn, Encoding.ASCII.GetString(buffer, 0, message.Count), life.Token));
            }
        }
        finally
        {
            // What went through the tunnel ends with it.
            await life.CancelAsync();
            await Task.WhenAll(bringing);
        }
    }

    private async Task Bring(ClientWebSocket control, SemaphoreSlim turn, string number, CancellationToken cancel)
    {
        await Task.Yield();
        try
        {
            using var local = new Socket(port.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await local.ConnectAsync(port, cancel);
            using var socket = Socket(keepAlive: false);
            await Connect(socket, $"?connection={number}", cancel);
            await using var here = new NetworkStream(local);
            await using var there = new WebSocketTunnel(socket);
            await Pipes.Join(there, here, cancel);
        }
        catch (Exception e) when (IsBroken(e) || e is OperationCanceledException)
        {
            if (!cancel.IsCancellationRequested) await Excuse(control, turn, number, (e.InnerException ?? e).Message, cancel);
        }
    }

    private static async Task Excuse(ClientWebSocket control, SemaphoreSlim turn, string number, string why, CancellationToken cancel)
    {
        try
        {
            await turn.WaitAsync(cancel);
            try
            {
                await control.SendAsync(Encoding.UTF8.GetBytes($"{number}{NodeTunnels.Failed}{why}"), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            }
            finally
            {
                turn.Release();
            }
        }
        catch (Exception e) when (IsBroken(e) || e is OperationCanceledException)
        {
            // Then the server sees it for itself.
        }
    }

    private static bool IsBroken(Exception e) => e is WebSocketException or HttpRequestException or IOException or SocketException or ObjectDisposedException or InvalidOperationException;

    private static ClientWebSocket Socket(bool keepAlive)
    {
        var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.KeepAliveInterval = keepAlive ? TimeSpan.FromSeconds(10) : TimeSpan.Zero;
        if (keepAlive) socket.Options.KeepAliveTimeout = TimeSpan.FromSeconds(20);
        return socket;
    }

    private async Task Connect(ClientWebSocket socket, string query, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        await socket.ConnectAsync(new UriBuilder(options.Server) { Scheme = "wss", Path = NodeTunnels.Path, Query = query }.Uri, http, either.Token);
    }
}
