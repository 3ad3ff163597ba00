using System.Net.Sockets;
using MiniKube.Kubelet;

namespace MiniKube.Engines;

/// <summary>The way to an engine on this machine, and what is said when nobody is there.</summary>
internal sealed record EngineSocket(string Engine, string Path)
{
    // What the runtime makes of ENOENT.
    private const SocketError NoSuchFile = SocketError.AddressNotAvailable;

    public async Task<Socket> Connect(CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path), cancel);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw Silent(e);
        }
    }

    /// <summary>What was refused on the way to the socket says so itself; the rest is silence.</summary>
    public EngineException Silent(Exception e) => e.InnerException as EngineException ?? new(e is SocketException { SocketErrorCode: NoSuchFile }
        ? $"{Engine} isn't there: {Path} doesn't exist; start {Engine}, or name its socket with --container-runtime-endpoint"
        : $"{Engine} doesn't answer on {Path}: {e.Message}", EngineFault.Unreachable, e);
}
