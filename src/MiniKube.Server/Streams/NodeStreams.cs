using Microsoft.AspNetCore.Http;
using MiniKube.Machinery;

namespace MiniKube.Server.Streams;

/// <summary>Streams of pods over HTTP, for whoever has a connection and a node: the API server, and the node's own port.</summary>
public static class NodeStreams
{
    public static async Task Process(HttpContext http, ProcessQuery wanted, INodeDoor door, string ns, string pod)
    {
        Task<(IProcessDoor?, string?)> Open(CancellationToken cancel) => door.Open(ns, pod, wanted, cancel);
        await Process(http, wanted, Open);
    }

    /// <summary>The same at a node's own port, where the API server wants to know before the upgrade what keeps the process from being reached.</summary>
    public static async Task ProcessOrRefusal(HttpContext http, ProcessQuery wanted, INodeDoor door, string ns, string pod)
    {
        if (!http.Request.Headers.ContainsKey(RemoteNode.RefuseFirst))
        {
            await Process(http, wanted, door, ns, pod);
            return;
        }
        var opened = await door.Open(ns, pod, wanted, http.RequestAborted);
        if (opened.Process is null)
        {
            Refuse(http, opened.Refusal);
            return;
        }
        var handed = false;
        await Process(http, wanted, _ =>
        {
            handed = true;
            return Task.FromResult((opened.Process, opened.Refusal))!;
        });
        // Else it is closed by whom it was handed to.
        if (!handed) await opened.Process.DisposeAsync();
    }

    /// <summary>A connection to a port inside a pod as the bytes of a WebSocket.</summary>
    public static async Task Connect(HttpContext http, INodeDoor door, string ns, string pod, int port)
    {
        if (!http.WebSockets.IsWebSocketRequest)
        {
            await PodProcess.Refuse(http, ApiError.BadRequest("Upgrade request required"));
            return;
        }
        var (connection, refusal) = await door.Connect(ns, pod, port, http.RequestAborted);
        if (connection is null)
        {
            Refuse(http, refusal);
            return;
        }
        await using (connection)
        {
            using var socket = await http.WebSockets.AcceptWebSocketAsync();
            await Pipes.Join(new WebSocketTunnel(socket), connection, http.RequestAborted);
        }
    }

    /// <summary>What containers said that are gone, as far as this node knows.</summary>
    public static Task Search(HttpContext http, INodeDoor door)
    {
        var asked = LogSearch.Query(Query.Parse(http.Request.QueryString.Value));
        return asked.Error is { } bad ? PodProcess.Refuse(http, bad) : LogSearch.Send(http, asked.Value, [door]);
    }

    private static void Refuse(HttpContext http, string? why)
    {
        http.Response.StatusCode = 409;
        http.Response.Headers[RemoteNode.Refusal] = Uri.EscapeDataString(why ?? "");
    }

    private static async Task Process(HttpContext http, ProcessQuery wanted, Func<CancellationToken, Task<(IProcessDoor?, string?)>> Open)
    {
        if (http.WebSockets.IsWebSocketRequest) await ChannelSocket.Run(http, wanted, Open);
        else if (SpdyUpgrade.IsWanted(http)) await SpdyProcess.Run(http, wanted, Open);
        else await PodProcess.Refuse(http, ApiError.BadRequest("Upgrade request required"));
    }

    public static Task Forward(HttpContext http, INodeDoor door, string ns, string pod) => PodPortForward.Take(http, door, ns, pod);

    public static Task Lines(HttpContext http, IAsyncEnumerable<ReadOnlyMemory<byte>> lines) => PodLog.Send(http, lines);

    public static Result<LogQuery> LogOptions(Query query, DateTimeOffset now) => PodLog.Options(query, now);
}
