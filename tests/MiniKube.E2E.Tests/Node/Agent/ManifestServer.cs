using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MiniKube.E2E.Tests.Node.Agent;

/// <summary>An address at which static pods are declared.</summary>
public sealed class ManifestServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Task serving;

    public ManifestServer()
    {
        listener.Start();
        serving = Serve();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/pods.yaml";

    /// <summary>Nothing is declared while it is null.</summary>
    public string? Manifest { get; set; }

    public async ValueTask DisposeAsync()
    {
        listener.Dispose();
        await serving;
    }

    private async Task Serve()
    {
        while (true)
        {
            try
            {
                using var socket = await listener.AcceptSocketAsync();
                var asked = new byte[8192];
                for (var have = 0; !Encoding.ASCII.GetString(asked, 0, have).EndsWith("\r\n\r\n", StringComparison.Ordinal);) have += await socket.ReceiveAsync(asked.AsMemory(have)) is > 0 and var came ? came : throw new IOException();
                var body = Encoding.UTF8.GetBytes(Manifest ?? "{apiVersion: v1, kind: PodList, items: []}");
                await socket.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n"));
                await socket.SendAsync(body);
            }
            catch (Exception e) when (e is IOException or SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown })
            {
                // Whoever asked has gone.
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
