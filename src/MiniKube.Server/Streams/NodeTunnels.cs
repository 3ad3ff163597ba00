using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using MiniKube.Machinery;

namespace MiniKube.Server.Streams;

/// <summary>
/// /minik/tunnel, for nodes on other machines, which only dial out. Each keeps one WebSocket open here, on which it is told the number of every
/// connection to its own port that is wanted, and brings that connection by another WebSocket that names the number. So TCP keeps the
/// connections apart: one that nobody reads from holds up none of the others.
/// </summary>
public sealed class NodeTunnels
{
    public const string Path = "/minik/tunnel";

    /// <summary>How the node says that it can't bring a connection: the number and why.</summary>
    public const char Failed = '!';

    private readonly NodeDoors doors;
    private readonly NodeClients clients;
    private readonly ConcurrentDictionary<string, NodeTunnel> tunnels = new(StringComparer.Ordinal);

    internal NodeTunnels(NodeDoors doors, NodeClients clients) => (this.doors, this.clients) = (doors, clients);

    public ApiResponse Run(ServerContext server, ApiRequest request)
    {
        if (request.Info.Verb != "get") return ApiError.MethodNotAllowed();
        if (!NodeAuthorizer.IsNode(request.User)) return ApiError.Forbidden("only a node may open a tunnel, with its own certificate");
        var node = NodeAuthorizer.NodeOf(request.User);
        if (doors.Of(node) is { } door and not RemoteNode) return new ApiError(409, "Conflict", $"node \"{node}\" is this server's own: give the agent another --node-name");
        if (request.Query["connection"] is not { Length: > 0 } number) return new ApiResponse.Takeover(http => Hold(http, server, node));
        return tunnels.GetValueOrDefault(node) is { } tunnel && tunnel.Expects(number) ? new ApiResponse.Takeover(http => Bring(http, tunnel, number))
            : ApiError.BadRequest("this connection is not wanted (any more)");
    }

    private async Task Hold(HttpContext http, ServerContext server, string node)
    {
        if (!http.WebSockets.IsWebSocketRequest)
        {
            await PodProcess.Refuse(http, ApiError.BadRequest("a tunnel is a WebSocket"));
            return;
        }
        using var socket = await http.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = TimeSpan.FromSeconds(10), KeepAliveTimeout = TimeSpan.FromSeconds(20) });
        using var tunnel = new NodeTunnel(socket, node, server.Time);
        var door = new RemoteNode(node, tunnel, clients);
        // An agent that comes again has lost what it had before, also if that isn't known here yet.
        tunnels.AddOrUpdate(node, tunnel, (_, before) =>
        {
            before.Break();
            return tunnel;
        });
        doors.Open(node, door);
        server.Log.Info($"node {node} has dialled in from {http.Connection.RemoteIpAddress}");
        var why = await tunnel.Run(http.RequestAborted);
        doors.Close(node, door);
        tunnels.TryRemove(new(node, tunnel));
        if (!server.Stopping.IsCancellationRequested) server.Log.Info($"the tunnel to node {node} has ended: {why}");
    }

    private static async Task Bring(HttpContext http, NodeTunnel tunnel, string number)
    {
        if (!http.WebSockets.IsWebSocketRequest)
        {
            await PodProcess.Refuse(http, ApiError.BadRequest("a tunnel is a WebSocket"));
            return;
        }
        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        await using var connection = new WebSocketTunnel(socket);
        await tunnel.Carry(number, connection, http.RequestAborted);
    }
}

/// <summary>The way to one node for as long as it holds.</summary>
internal sealed class NodeTunnel(WebSocket control, string node, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, TaskCompletionSource<Stream>> wanted = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly CancellationTokenSource life = new();
    private long last;

    public bool Expects(string number) => wanted.ContainsKey(number);

    /// <summary>A connection to the node's own port, as the node brings it.</summary>
    public async Task<Stream> Dial(CancellationToken cancel)
    {
        var number = Interlocked.Increment(ref last).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var brought = wanted[number] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var taken = false;
        try
        {
            await Ask(number, cancel);
            var connection = await brought.Task.WaitAsync(Patience, time, cancel);
            taken = true;
            return connection;
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or TimeoutException or InvalidOperationException || e is OperationCanceledException && !cancel.IsCancellationRequested)
        {
            throw new IOException($"node \"{node}\" doesn't answer: {e.Message}", e);
        }
        finally
        {
            // It may come in the moment in which nobody waits for it any more.
            if (!wanted.TryRemove(number, out _) && !taken && brought.Task.IsCompletedSuccessfully) await (await brought.Task).DisposeAsync();
        }
    }

    /// <summary>Lasts as long as the connection that was brought, which ends with the tunnel.</summary>
    public async Task Carry(string number, WebSocketTunnel connection, CancellationToken aborted)
    {
        if (!wanted.TryRemove(number, out var asked) || !asked.TrySetResult(connection)) return;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(aborted, life.Token);
        await connection.Closed.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Until the node goes away; why it did.</summary>
    public async Task<string> Run(CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, life.Token);
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var message = await control.ReceiveAsync(buffer.AsMemory(), either.Token);
                if (message.MessageType == WebSocketMessageType.Close) return "the agent closed it";
                if (Encoding.UTF8.GetString(buffer, 0, message.Count).Split(NodeTunnels.Failed, 2) is [var number, var why] && wanted.TryRemove(number, out var asked)) asked.TrySetException(new IOException(why));
            }
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException)
        {
            return life.IsCancellationRequested ? "the agent has dialled in again" : $"it broke, or nothing came through it any more ({e.Message})";
        }
        finally
        {
            Break();
        }
    }

    /// <summary>Ends it and every connection through it.</summary>
    public void Break()
    {
        try
        {
            life.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It is over already.
        }
        foreach (var asked in wanted.Values) asked.TrySetException(new IOException($"node \"{node}\" is not connected any more"));
    }

    public void Dispose()
    {
        life.Dispose();
        turn.Dispose();
    }

    private async Task Ask(string number, CancellationToken cancel)
    {
        await turn.WaitAsync(cancel);
        try
        {
            // Half a message would be the end of the tunnel: once begun it is sent.
            await control.SendAsync(Encoding.UTF8.GetBytes(number), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        finally
        {
            turn.Release();
        }
    }
}
