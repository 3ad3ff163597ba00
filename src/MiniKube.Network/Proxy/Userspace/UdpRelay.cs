using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace MiniKube.Network.Proxy;

/// <summary>
/// Passes datagrams on; a client keeps its endpoint while it talks, and as long as there is that endpoint. One that listens on
/// every address opens a socket for each that is talked to, as an answer must leave by the address the question came to.
/// </summary>
internal sealed class UdpRelay : IRelay
{
    private const int MostSessions = 10_000;
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<IPAddress, Socket> entrances = new();
    private readonly ConcurrentDictionary<(IPEndPoint Client, IPAddress At), Session> sessions = new();
    private readonly int port;
    private readonly TimeProvider time;
    private BackendChoice choice;
    private volatile bool closed;

    public UdpRelay(IPEndPoint at, BackendChoice choice, TimeProvider time)
    {
        (this.choice, this.time, port) = (choice, time, at.Port);
        _ = Receive(at.Address, Open(at.Address));
    }

    public BackendChoice Choice
    {
        get => choice;
        set
        {
            choice = value;
            var remaining = value.Frontend.Backends.Concat(value.Frontend.Inside ?? []).Select(b => b.ToString()).ToHashSet();
            foreach (var (key, session) in sessions)
                if (!remaining.Contains(session.Backend.ToString())) End(key);
        }
    }

    public void Dispose()
    {
        closed = true;
        foreach (var entrance in entrances.Values) entrance.Dispose();
        foreach (var key in sessions.Keys) End(key);
    }

    private Socket Open(IPAddress address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            // The first of them finds out whether somebody else has the port: only then it is shared.
            if (!entrances.IsEmpty) Share(socket);
            socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.PacketInformation, true);
            socket.Bind(new IPEndPoint(address, port));
            if (entrances.IsEmpty) Share(socket);
            return entrances[address] = socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task Receive(IPAddress at, Socket entrance)
    {
        var buffer = new byte[65_535];
        while (true)
        {
            try
            {
                var received = await entrance.ReceiveMessageFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                var to = at.Equals(IPAddress.Any) ? received.PacketInformation.Address : at;
                if (Of((IPEndPoint)received.RemoteEndPoint, to) is { } session) await session.Socket.SendAsync(buffer.AsMemory(0, received.ReceivedBytes));
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

    private Session? Of(IPEndPoint client, IPAddress at)
    {
        if (sessions.TryGetValue((client, at), out var known))
        {
            known.Used = time.GetUtcNow();
            return known;
        }
        if (sessions.Count >= MostSessions || choice.For(client.Address) is not [var backend, ..]) return null;
        var entrance = Entrance(at);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(new IPEndPoint(IPAddress.Parse(backend.Address), backend.Port));
        choice.Chosen(client.Address, backend);
        var session = sessions[(client, at)] = new(socket, backend) { Used = time.GetUtcNow() };
        _ = Answer((client, at), session, entrance);
        return session;
    }

    private Socket Entrance(IPAddress at)
    {
        if (entrances.TryGetValue(at, out var open)) return open;
        var entrance = Open(at);
        if (closed) entrance.Dispose();
        _ = Receive(at, entrance);
        return entrance;
    }

    private async Task Answer((IPEndPoint Client, IPAddress At) key, Session session, Socket entrance)
    {
        var buffer = new byte[65_535];
        while (true)
        {
            using var limit = new CancellationTokenSource(Idle, time);
            try
            {
                var read = await session.Socket.ReceiveAsync(buffer, limit.Token);
                session.Used = time.GetUtcNow();
                await entrance.SendToAsync(buffer.AsMemory(0, read), key.Client);
            }
            catch (OperationCanceledException) when (time.GetUtcNow() - session.Used < Idle)
            {
                // The client talks on, though nobody answers.
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                End(key);
                return;
            }
        }
    }

    private void End((IPEndPoint Client, IPAddress At) key)
    {
        if (sessions.TryRemove(key, out var session)) session.Socket.Dispose();
    }

    private static void Share(Socket socket) => socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);

    private sealed record Session(Socket Socket, Backend Backend)
    {
        public DateTimeOffset Used { get; set; }
    }
}
