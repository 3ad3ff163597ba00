using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MiniKube.Host;

/// <summary>
/// So many connections may be in the middle of their TLS handshake and no more: then the one that has taken longest goes.
/// An honest handshake takes milliseconds, so a flood of half-open ones only ever drops its own.
/// </summary>
public sealed class HandshakeLimit(int most = HandshakeLimit.Default)
{
    public const int Default = 512;

    private static readonly object Place = new();

    private readonly Lock gate = new();
    private readonly LinkedList<ConnectionContext> waiting = [];

    public int Waiting
    {
        get
        {
            lock (gate) return waiting.Count;
        }
    }

    /// <summary>Around the handshake: to be added before TLS, and <see cref="Done"/> after it.</summary>
    public void Around(ListenOptions listen) => listen.Use(next => async connection =>
    {
        ConnectionContext? slowest = null;
        lock (gate)
        {
            connection.Items[Place] = waiting.AddLast(connection);
            if (waiting.Count > most)
            {
                slowest = waiting.First!.Value;
                waiting.RemoveFirst();
            }
        }
        slowest?.Abort(new ConnectionAbortedException("too many connections are in their handshake"));
        try
        {
            await next(connection);
        }
        finally
        {
            Leave(connection);
        }
    });

    public void Done(ListenOptions listen) => listen.Use(next => connection =>
    {
        Leave(connection);
        return next(connection);
    });

    private void Leave(ConnectionContext connection)
    {
        if (!connection.Items.Remove(Place, out var place)) return;
        lock (gate)
            if (place is LinkedListNode<ConnectionContext> { List: not null } node) waiting.Remove(node);
    }
}
