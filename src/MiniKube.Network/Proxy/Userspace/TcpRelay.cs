using System.Net;
using System.Net.Sockets;

namespace MiniKube.Network.Proxy;

/// <summary>Sockets that stand for one frontend.</summary>
internal interface IRelay : IDisposable
{
    BackendChoice Choice { get; set; }
}

/// <summary>Takes connections and passes them on, each direction closed for itself as TCP can.</summary>
internal sealed class TcpRelay : IRelay
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public TcpRelay(IPEndPoint at, BackendChoice choice)
    {
        Choice = choice;
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        try
        {
            listener.Bind(at);
            listener.Listen(512);
        }
        catch (SocketException)
        {
            listener.Dispose();
            throw;
        }
        _ = Accept();
    }

    public BackendChoice Choice { get; set; }

    /// <summary>Takes no more clients; those that are connected stay until they are done.</summary>
    public void Dispose() => listener.Dispose();

    private async Task Accept()
    {
        while (true)
        {
            try
            {
                _ = Serve(await listener.AcceptAsync());
            }
            catch (Exception e) when (e is ObjectDisposedException || e is SocketException { SocketErrorCode: SocketError.OperationAborted or SocketError.NotSocket })
            {
                return;
            }
            catch (SocketException)
            {
                // This client only.
            }
        }
    }

    private async Task Serve(Socket client)
    {
        using (client)
        {
            try
            {
                if (await Connect(client) is not { } server)
                {
                    client.LingerState = new(true, 0);
                    return;
                }
                using (server) await Task.WhenAll(Pump(client, server), Pump(server, client));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // One side broke off; closing both tells the other.
            }
        }
    }

    private async Task<Socket?> Connect(Socket client)
    {
        var choice = Choice;
        var from = ((IPEndPoint)client.RemoteEndPoint!).Address;
        foreach (var backend in choice.For(from))
        {
            var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                using var limit = new CancellationTokenSource(Patience);
                await server.ConnectAsync(new IPEndPoint(IPAddress.Parse(backend.Address), backend.Port), limit.Token);
                choice.Chosen(from, backend);
                return server;
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                server.Dispose();
            }
        }
        return null;
    }

    private static async Task Pump(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer)) > 0)
                for (var sent = 0; sent < read;) sent += await to.SendAsync(buffer.AsMemory(sent, read - sent));
            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            from.Dispose();
            to.Dispose();
        }
    }
}
