using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace MiniKube.Network.Proxy;

/// <summary>Passes datagrams on; a client keeps its endpoint while it talks, and as long as there is that endpoint.</summary>
internal sealed class UdpRelay : IRelay
{
    private const int MostSessions = 10_000;
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);

    private readonly Socket entrance = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly ConcurrentDictionary<IPEndPoint, Session> sessions = new();
    private readonly TimeProvider time;
    private BackendChoice choice;

    public UdpRelay(IPEndPoint at, BackendChoice choice, TimeProvider time)
    {
        (this.choice, this.time) = (choice, time);
        try
        {
            entrance.Bind(at);
        }
        catch (SocketException)
        {
            entrance.Dispose();
            throw;
        }
        _ = Receive();
    }

    public BackendChoice Choice
    {
        get => choice;
        set
        {
            choice = value;
            var remaining = value.Frontend.Backends.Concat(value.Frontend.Inside ?? []).Select(b => b.ToString()).ToHashSet();
            foreach (var (client, session) in sessions)
                if (!remaining.Contains(session.Backend.ToString())) End(client);
        }
    }

    public void Dispose()
    {
        entrance.Dispose();
        foreach (var client in sessions.Keys) End(client);
    }

    private async Task Receive()
    {
        var buffer = new byte[65_535];
        while (true)
        {
            try
            {
                var received = await entrance.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                var client = (IPEndPoint)received.RemoteEndPoint;
                if (Of(client) is { } session) await session.Socket.SendAsync(buffer.AsMemory(0, received.ReceivedBytes));
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                if (e.SocketErrorCode is SocketError.OperationAborted or SocketError.NotSocket) return;
                // An endpoint or client that isn't there: its next datagram finds another.
            }
        }
    }

    private Session? Of(IPEndPoint client)
    {
        if (sessions.TryGetValue(client, out var known))
        {
            known.Used = time.GetUtcNow();
            return known;
        }
        if (sessions.Count >= MostSessions || choice.For(client.Address) is not [var backend, ..]) return null;
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(new IPEndPoint(IPAddress.Parse(backend.Address), backend.Port));
        choice.Chosen(client.Address, backend);
        var session = sessions[client] = new(socket, backend) { Used = time.GetUtcNow() };
        _ = Answer(client, session);
        return session;
    }

    private async Task Answer(IPEndPoint client, Session session)
    {
        var buffer = new byte[65_535];
        while (true)
        {
            using var limit = new CancellationTokenSource(Idle, time);
            try
            {
                var read = await session.Socket.ReceiveAsync(buffer, limit.Token);
                session.Used = time.GetUtcNow();
                await entrance.SendToAsync(buffer.AsMemory(0, read), client);
            }
            catch (OperationCanceledException) when (time.GetUtcNow() - session.Used < Idle)
            {
                // The client talks on, though nobody answers.
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                End(client);
                return;
            }
        }
    }

    private void End(IPEndPoint client)
    {
        if (sessions.TryRemove(client, out var session)) session.Socket.Dispose();
    }

    private sealed record Session(Socket Socket, Backend Backend)
    {
        public DateTimeOffset Used { get; set; }
    }
}
