using System.Globalization;
using System.Text;
using MiniKube.Machinery;
using MiniKube.Machinery.Spdy;

namespace MiniKube.Server.Streams;

/// <summary>pods/portforward: per connection a data and an error stream of a SPDY connection, which may itself run inside a WebSocket; or channels of a WebSocket (<see cref="PortSocket"/>).</summary>
internal sealed class PodPortForward(NodeDoors doors)
{
    private const string Protocol = "portforward.k8s.io";
    private const string Tunnelled = "SPDY/3.1+portforward.k8s.io";

    public ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request) => ValueTask.FromResult(Answer(server, request));

    private ApiResponse Answer(ServerContext server, ApiRequest request)
    {
        if (request.Info.Verb is not ("get" or "create")) return ApiError.MethodNotAllowed();
        var found = PodTarget.Of(server, doors, request, needsContainer: false);
        if (found.Error is { } refused) return refused;
        var (door, ns, name) = (found.Value.Door, request.Info.Namespace, request.Info.Name);
        return new ApiResponse.Takeover(http => Take(http, door, ns, name));
    }

    public static async Task Take(Microsoft.AspNetCore.Http.HttpContext http, INodeDoor door, string ns, string name)
    {
        if (http.WebSockets.IsWebSocketRequest)
        {
            if (!http.WebSockets.WebSocketRequestedProtocols.Contains(Tunnelled))
            {
                await PortSocket.Run(http, door, ns, name);
                return;
            }
            // The platform refuses names with a slash, which this one has: so it is said by hand.
            http.Response.Headers.SecWebSocketProtocol = Tunnelled;
            using var socket = await http.WebSockets.AcceptWebSocketAsync();
            await using var tunnel = new SpdyConnection(new WebSocketTunnel(socket));
            await Serve(tunnel, door, ns, name, http.RequestAborted);
        }
        else if (SpdyUpgrade.IsWanted(http))
        {
            if (await SpdyUpgrade.Accept(http, [Protocol]) is not var (connection, _)) return;
            await using var __ = connection;
            await Serve(connection, door, ns, name, http.RequestAborted);
        }
        else
        {
            await PodProcess.Refuse(http, ApiError.BadRequest("Upgrade request required"));
        }
    }

    private static async Task Serve(SpdyConnection connection, INodeDoor door, string ns, string name, CancellationToken aborted)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        var reading = connection.Run(life.Token);
        var asking = connection.StayAwake(life.Token);
        var waiting = new Dictionary<string, SpdyStream>();
        try
        {
            await foreach (var stream in connection.Opened.ReadAllAsync(life.Token))
            {
                var id = stream.Headers.GetValueOrDefault("requestID", stream.Id.ToString(CultureInfo.InvariantCulture));
                if (!waiting.Remove(id, out var partner))
                {
                    waiting[id] = stream;
                    continue;
                }
                var (data, error) = stream.Type == "data" ? (stream, partner) : (partner, stream);
                _ = Forward(data, error, door, ns, name, life.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The client is gone.
        }
        await life.CancelAsync();
        await reading;
        await asking;
    }

    private static async Task Forward(SpdyStream data, SpdyStream error, INodeDoor door, string ns, string name, CancellationToken cancel)
    {
        var port = int.TryParse(data.Headers.GetValueOrDefault("port"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        try
        {
            var (connection, refusal) = await door.Connect(ns, name, port, cancel);
            if (connection is null)
            {
                await error.Write(Encoding.UTF8.GetBytes($"error forwarding port {port} to pod {name}, uid : {refusal}"), cancel);
            }
            else
            {
                await using (connection)
                {
                    using var done = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                    var up = Up(data, connection, done.Token);
                    var buffer = new byte[32 * 1024];
                    while (await connection.ReadAsync(buffer, cancel) is > 0 and var read) await data.Write(buffer.AsMemory(0, read), cancel);
                    await done.CancelAsync();
                    await up;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two ends is gone: the other is told by the close.
        }
        try
        {
            await data.Close(cancel);
            await error.Close(cancel);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Nobody is left to be told.
        }
        data.Forget();
        error.Forget();
    }

    private static async Task Up(SpdyStream data, Stream connection, CancellationToken cancel)
    {
        try
        {
            await foreach (var part in data.Read(cancel)) await connection.WriteAsync(part, cancel);
            await Pipes.End(connection, cancel);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or System.Net.Sockets.SocketException)
        {
            // The pod closed first.
        }
    }
}
