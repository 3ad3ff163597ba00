using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace MiniKube.Network.Dns;

/// <summary>Asks the host's resolvers for everything that is not the cluster's, and remembers the answers for as long as they say.</summary>
public sealed class Forwarder(Func<IReadOnlyList<IPEndPoint>> resolvers, TimeProvider time)
{
    private const int MostRemembered = 10_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Failed = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<(string Name, RecordType Type, bool Big), (byte[] Packet, DateTimeOffset Until)> known = new();

    /// <summary>The resolver's packet with the question's id; null when nobody answered.</summary>
    public async Task<byte[]?> Ask(Question question, byte[] packet, bool tcp, CancellationToken cancel)
    {
        var key = (question.Name, question.Type, question.HasOpt || tcp);
        if (known.TryGetValue(key, out var hit) && hit.Until > time.GetUtcNow()) return WithId(hit.Packet, question.Id);
        var servers = resolvers();
        foreach (var server in servers)
        {
            try
            {
                var answer = tcp ? await OverTcp(server, packet, cancel) : await OverUdp(server, packet, cancel);
                if (answer is null) continue;
                // A refusal is the resolver's own affair: the next one may know.
                if ((answer[3] & 0xF) is 2 or 5 && server != servers[^1]) continue;
                Remember(key, answer);
                return WithId(answer, question.Id);
            }
            catch (Exception e) when (e is SocketException or IOException || e is OperationCanceledException && !cancel.IsCancellationRequested)
            {
                // The next resolver.
            }
        }
        return null;
    }

    private static async Task<byte[]?> OverUdp(IPEndPoint server, byte[] packet, CancellationToken cancel)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        await socket.ConnectAsync(server, limit.Token);
        await socket.SendAsync(packet, limit.Token);
        var buffer = new byte[65535];
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer, limit.Token);
            if (read >= 12 && buffer[0] == packet[0] && buffer[1] == packet[1] && (buffer[2] & 0x80) != 0) return buffer[..read];
        }
    }

    private static async Task<byte[]?> OverTcp(IPEndPoint server, byte[] packet, CancellationToken cancel)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        await socket.ConnectAsync(server, limit.Token);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync((byte[])[(byte)(packet.Length >> 8), (byte)packet.Length, .. packet], limit.Token);
        var length = new byte[2];
        await stream.ReadExactlyAsync(length, limit.Token);
        var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(answer, limit.Token);
        return answer.Length >= 12 ? answer : null;
    }

    private void Remember((string, RecordType, bool) key, byte[] answer)
    {
        var truncated = (answer[2] & 0x02) != 0;
        if (truncated) return;
        if (known.Count > MostRemembered) known.Clear();
        var life = (answer[3] & 0xF) is 0 or 3 ? Life(answer) : Failed;
        if (life > TimeSpan.Zero) known[key] = (answer, time.GetUtcNow() + (life < Longest ? life : Longest));
    }

    /// <summary>The shortest time to live among the records.</summary>
    private static TimeSpan Life(byte[] packet)
    {
        var span = packet.AsSpan();
        var at = 12;
        if (BinaryPrimitives.ReadUInt16BigEndian(span[4..]) != 1 || DnsMessage.ReadName(span, ref at) is null) return TimeSpan.Zero;
        at += 4;
        var records = BinaryPrimitives.ReadUInt16BigEndian(span[6..]) + BinaryPrimitives.ReadUInt16BigEndian(span[8..]);
        uint shortest = 30;
        for (var i = 0; i < records; i++)
        {
            if (DnsMessage.ReadName(span, ref at) is null || at + 10 > span.Length) return TimeSpan.Zero;
            var ttl = BinaryPrimitives.ReadUInt32BigEndian(span[(at + 4)..]);
            shortest = i == 0 ? ttl : Math.Min(shortest, ttl);
            at += 10 + BinaryPrimitives.ReadUInt16BigEndian(span[(at + 8)..]);
        }
        return TimeSpan.FromSeconds(shortest);
    }

    private static byte[] WithId(byte[] packet, ushort id)
    {
        var copy = packet.ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(copy, id);
        return copy;
    }
}
