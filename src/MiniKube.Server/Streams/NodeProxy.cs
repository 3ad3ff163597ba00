using MiniKube.Machinery;

namespace MiniKube.Server.Streams;

/// <summary>nodes/proxy: any request, upgrades included, to the node's own port, under the server's name instead of the client's.</summary>
internal sealed class NodeProxy(NodeClients clients)
{
    public ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        // "NAME", "NAME:PORT" and "https:NAME:PORT" are all allowed; a node has one port.
        var parts = request.Info.Name.Split(':');
        var name = parts.Length > 1 && parts[0] is "http" or "https" ? parts[1] : parts[0];
        if (server.Peek("nodes", "", name) is null) return ValueTask.FromResult<ApiResponse>(ApiError.NotFound("", "nodes", name));
        if (clients.Of(name) is not { } client) return ValueTask.FromResult<ApiResponse>(Forwarding.Unreachable($"node \"{name}\" is not connected"));
        return ValueTask.FromResult<ApiResponse>(new ApiResponse.Takeover(http => Forwarding.Run(http, client, request)));
    }
}
