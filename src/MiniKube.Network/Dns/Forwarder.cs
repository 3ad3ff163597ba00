using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace MiniKube.Network.Dns;

/// <summary>
/// Asks other resolvers for everything that is not the cluster's, and remembers the answers for as long as they say. Who asks
/// what is being asked already waits for that answer: a resolver that asks us back goes round once and no more.
/// </summary>
public sealed class Forwarder(Func<string, IReadOnlyList<IPEndPoint>> resolvers, TimeProvider time)
{
    private const int MostRemembered = 10_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>After so long without an answer the next resolver is asked as well.</summary>
    private static readonly TimeSpan Impatience = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Failed = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<Key, Remembered> known = new();
    private readonly ConcurrentDictionary<Key, Task<byte[]?>> asking = new();

    public Forwarder(Func<IReadOnlyList<IPEndPoint>> resolvers, TimeProvider time) : this(_ => resolvers(), time)
    {
    }

    /// <summary>The resolver's packet with the question's id; null when nobody answered.</summary>
    public async Task<byte[]?> Ask(Question question, byte[] packet, bool tcp, CancellationToken cancel)
    {
        var key = new Key(question.Name, question.Type, question.HasOpt, tcp);
        var now = time.GetUtcNow();
        if (known.TryGetValue(key, out var hit) && hit.Until > now) return Aged(hit.Packet, question.Id, now - hit.Since);
        var mine = new TaskCompletionSource<byte[]?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var answering = asking.GetOrAdd(key, mine.Task);
        if (answering == mine.Task) _ = Complete();
        var answer = await answering.WaitAsync(cancel);
        return answer is null ? null : Aged(answer, question.Id, TimeSpan.Zero);

        async Task Complete()
        {
            byte[]? answer = null;
            try
            {
                answer = await Race(resolvers(question.Name), packet, tcp);
                if (answer is not null) Remember(key, answer);
            }
            finally
            {
                asking.TryRemove(key, out _);
                mine.SetResult(answer);
            }
        }
    }

    /// <summary>The first good answer; a refusal is the resolver's own affair, the next one may know.</summary>
    private async Task<byte[]?> Race(IReadOnlyList<IPEndPoint> servers, byte[] packet, bool tcp)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        var waiting = new List<Task<byte[]?>>();
        byte[]? refusal = null;
        for (var next = 0; next < servers.Count || waiting.Count > 0;)
        {
            if (next < servers.Count) waiting.Add(Ask(servers[next++], packet, tcp, limit.Token));
            while (waiting.Count > 0)
            {
                var first = Task.WhenAny(waiting);
                if (next < servers.Count && await Task.WhenAny(first, Task.Delay(Impatience, time, limit.Token)) != first) break;
                var done = await first;
                waiting.Remove(done);
                if (await done is not { } answer)
                {
                    if (next < servers.Count) break;
                    continue;
                }
                if ((answer[3] & 0xF) is not (2 or 5))
                {
                    await limit.CancelAsync();
                    return answer;
                }
                refusal = answer;
                if (next < servers.Count) break;
            }
        }
        return refusal;
    }

    private static async Task<byte[]?> Ask(IPEndPoint server, byte[] packet, bool tcp, CancellationToken cancel)
    {
        try
        {
            return tcp ? await OverTcp(server, packet, cancel) : await OverUdp(server, packet, cancel);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            return null;
        }
    }

    private static async Task<byte[]?> OverUdp(IPEndPoint server, byte[] packet, CancellationToken cancel)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancel);
        await socket.SendAsync(packet, cancel);
        var buffer = new byte[4096];
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer, cancel);
            if (read >= 12 && buffer[0] == packet[0] && buffer[1] == packet[1] && (buffer[2] & 0x80) != 0) return buffer[..read];
        }
    }

    private static async Task<byte[]?> OverTcp(IPEndPoint server, byte[] packet, CancellationToken cancel)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, cancel);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync((byte[])[(byte)(packet.Length >> 8), (byte)packet.Length, .. packet], cancel);
        var length = new byte[2];
        await stream.ReadExactlyAsync(length, cancel);
        var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(answer, cancel);
        return answer.Length >= 12 ? answer : null;
    }

    private void Remember(Key key, byte[] answer)
    {
        var truncated = (answer[2] & 0x02) != 0;
        if (truncated) return;
        if (known.Count > MostRemembered) known.Clear();
        var life = (answer[3] & 0xF) is 0 or 3 ? Life(answer) : Failed;
        var now = time.GetUtcNow();
        if (life > TimeSpan.Zero) known[key] = new(answer, now, now + (life < Longest ? life : Longest));
    }

    /// <summary>The shortest time to live among the records.</summary>
    private static TimeSpan Life(byte[] packet)
    {
        uint? shortest = null;
        return Lives(packet, at => shortest = Math.Min(shortest ?? uint.MaxValue, BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(at)))) ? TimeSpan.FromSeconds(shortest ?? 30) : TimeSpan.Zero;
    }

    /// <summary>A copy with another id, whose records live shorter by the time they have been here.</summary>
    private static byte[] Aged(byte[] packet, ushort id, TimeSpan age)
    {
        var copy = packet.ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(copy, id);
        var seconds = (uint)age.TotalSeconds;
        if (seconds > 0) Lives(copy, at => BinaryPrimitives.WriteUInt32BigEndian(copy.AsSpan(at), Math.Max(1, BinaryPrimitives.ReadUInt32BigEndian(copy.AsSpan(at)) - Math.Min(seconds, BinaryPrimitives.ReadUInt32BigEndian(copy.AsSpan(at))))));
        return copy;
    }

    /// <summary>Calls with the place of every record's time to live; false when the packet is malformed.</summary>
    private static bool Lives(byte[] packet, Action<int> visit)
    {
        var span = packet.AsSpan();
        var at = 12;
        if (BinaryPrimitives.ReadUInt16BigEndian(span[4..]) != 1 || DnsMessage.ReadName(span, ref at) is null) return false;
        at += 4;
        var records = BinaryPrimitives.ReadUInt16BigEndian(span[6..]) + BinaryPrimitives.ReadUInt16BigEndian(span[8..]);
        for (var i = 0; i < records; i++)
        {
            if (DnsMessage.ReadName(span, ref at) is null || at + 10 > span.Length) return false;
            visit(at + 4);
            at += 10 + BinaryPrimitives.ReadUInt16BigEndian(span[(at + 8)..]);
        }
        return at <= span.Length;
    }

    private readonly record struct Key(string Name, RecordType Type, bool Extended, bool Tcp);

    private sealed record Remembered(byte[] Packet, DateTimeOffset Since, DateTimeOffset Until);
}
