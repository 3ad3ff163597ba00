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
    private volatile BackendChoice choice;
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
            foreach (var (key, session) in sessions)
                if (!Offers(value, session.Backend)) End(key, session);
        }
    }

    public void Dispose()
    {
        closed = true;
        foreach (var entrance in entrances.Values) entrance.Dispose();
        foreach (var (key, session) in sessions) End(key, session);
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
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Otherwise an endpoint or client that isn't there any more: its next datagram finds another.
                if (closed) return;
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
        var from = choice;
        if (sessions.Count >= MostSessions || from.For(client.Address) is not [var backend, ..]) return null;
        var entrance = Entrance(at);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(new IPEndPoint(IPAddress.Parse(backend.Address), backend.Port));
        from.Chosen(client.Address, backend);
        var session = sessions[(client, at)] = new(socket, backend) { Used = time.GetUtcNow() };
        _ = Answer((client, at), session, entrance);
        // Whoever took the endpoint away meanwhile may have looked before this session was there.
        if (Offers(choice, backend)) return session;
        End((client, at), session);
        return null;
    }

    private static bool Offers(BackendChoice choice, Backend backend)
    {
        var text = backend.ToString();
        return choice.Frontend.Backends.Concat(choice.Frontend.Inside ?? []).Any(b => b.ToString() == text);
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
                End(key, session);
                return;
            }
        }
    }

    /// <summary>This session and no other: the client may have a new one under the same key by the time this one notices its end.</summary>
    private void End((IPEndPoint Client, IPAddress At) key, Session session)
    {
        sessions.TryRemove(KeyValuePair.Create(key, session));
        session.Socket.Dispose();
    }

    private static void Share(Socket socket) => socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);

    private sealed class Session(Socket socket, Backend backend)
    {
        public Socket Socket { get; } = socket;
        public Backend Backend { get; } = backend;
        public DateTimeOffset Used { get; set; }
    }
}
