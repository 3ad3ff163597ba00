using Microsoft.AspNetCore.Http;
using MiniKube.Machinery;

namespace MiniKube.Server.Streams;

/// <summary>Streams of pods over HTTP, for whoever has a connection and a node: the API server, and the node's own port.</summary>
public static class NodeStreams
{
    public static async Task Process(HttpContext http, ProcessQuery wanted, INodeDoor door, string ns, string pod)
    {
        Task<(IProcessDoor?, string?)> Open(CancellationToken cancel) => door.Open(ns, pod, wanted, cancel);
        if (http.WebSockets.IsWebSocketRequest) await ChannelSocket.Run(http, wanted, Open);
        else if (SpdyUpgrade.IsWanted(http)) await SpdyProcess.Run(http, wanted, Open);
        else await PodProcess.Refuse(http, ApiError.BadRequest("Upgrade request required"));
    }

    public static Task Forward(HttpContext http, INodeDoor door, string ns, string pod) => PodPortForward.Take(http, door, ns, pod);

    public static Task Lines(HttpContext http, IAsyncEnumerable<ReadOnlyMemory<byte>> lines) => PodLog.Send(http, lines);

    public static Result<LogQuery> LogOptions(Query query, DateTimeOffset now) => PodLog.Options(query, now);
}
