using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace MiniKube.Network.Dns;

/// <summary>Answers on one address, by UDP and TCP: the cluster's names from memory, everything else through the forwarder.</summary>
public sealed class DnsServer(IPAddress address, int port, ClusterZone zone, Forwarder forwarder, Action<string> complain, Func<DnsSettings>? settings = null) : IDisposable
{
    private const int PlainLimit = 512;
    private const int LargestAnswer = 1232;
    private const int MostForwarding = 500;
    private static readonly TimeSpan IdleConnection = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim forwarding = new(MostForwarding, MostForwarding);

    public async Task Run(CancellationToken cancel)
    {
        using var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        udp.ReceiveBufferSize = 4 << 20;
        using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        tcp.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        var local = new IPEndPoint(address, port);
        udp.Bind(local);
        tcp.Bind(local);
        tcp.Listen(128);
        await Task.WhenAll(Datagrams(udp, cancel), Connections(tcp, cancel));
    }

    /// <summary>What a packet is answered with; null for nothing at all. The task completes at once for the cluster's names.</summary>
    public async ValueTask<byte[]?> Answer(ReadOnlyMemory<byte> packet, bool tcp, CancellationToken cancel)
    {
        if (DnsMessage.Read(packet.Span) is not { } question) return null;
        var most = tcp ? 65535 : question.HasOpt ? Math.Clamp(question.PayloadSize, PlainLimit, LargestAnswer) : PlainLimit;
        if (question.Class != 1) return DnsMessage.Write(question, new(ResponseCode.Refused, []), most);
        if (Known(question) is { } own)
        {
            if (own.Answers is [{ Type: RecordType.CNAME } alias] && question.Type is RecordType.A or RecordType.AAAA) own = own with { Answers = [alias, .. await Follow(alias, question, cancel)] };
            return DnsMessage.Write(question, Rotated(own, question.Id), most);
        }
        if (!await forwarding.WaitAsync(0, CancellationToken.None)) return DnsMessage.Write(question, new(ResponseCode.ServerFailure, []), most, authoritative: false);
        try
        {
            return await forwarder.Ask(question, packet.ToArray(), tcp, cancel) ?? DnsMessage.Write(question, new(ResponseCode.ServerFailure, []), most, authoritative: false);
        }
        finally
        {
            forwarding.Release();
        }
    }

    public void Dispose() => forwarding.Dispose();

    private Answer? Known(Question question) => zone.Answer(question.Name, question.Type) ?? settings?.Invoke().Answer(question.Name, question.Type);

    private async Task Datagrams(Socket socket, CancellationToken cancel)
    {
        var buffer = new byte[4096];
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                var received = await socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), cancel);
                var packet = buffer.AsMemory(0, received.ReceivedBytes);
                // What is known is answered at once; nothing else reads the buffer once it waits.
                var answering = Answer(packet, false, cancel);
                if (!answering.IsCompleted) _ = Later(socket, answering.AsTask(), received.RemoteEndPoint);
                else if (await answering is { } answer) Send(socket, answer, received.RemoteEndPoint);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException)
            {
                // A client that went away makes the next receive fail: there is no more to it.
            }
        }
    }

    private static async Task Later(Socket socket, Task<byte[]?> answering, EndPoint client)
    {
        try
        {
            if (await answering is { } answer) Send(socket, answer, client);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // Stopping.
        }
    }

    private static void Send(Socket socket, byte[] answer, EndPoint client)
    {
        try
        {
            socket.SendTo(answer, client);
        }
        catch (SocketException)
        {
            // The client can't be reached: it will ask again if it wants to know.
        }
    }

    private async Task Connections(Socket listener, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                _ = Converse(await listener.AcceptAsync(cancel), cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException e)
            {
                complain($"dns: {e.Message}");
            }
        }
    }

    private async Task Converse(Socket client, CancellationToken cancel)
    {
        using (client)
        {
            try
            {
                await using var stream = new NetworkStream(client);
                var head = new byte[2];
                while (true)
                {
                    using var idle = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                    idle.CancelAfter(IdleConnection);
                    await stream.ReadExactlyAsync(head, idle.Token);
                    var packet = new byte[BinaryPrimitives.ReadUInt16BigEndian(head)];
                    await stream.ReadExactlyAsync(packet, idle.Token);
                    if (await Answer(packet, true, cancel) is not { } answer) return;
                    await stream.WriteAsync((byte[])[(byte)(answer.Length >> 8), (byte)answer.Length, .. answer], idle.Token);
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
            {
                // The client is done.
            }
        }
    }

    /// <summary>The records behind an external name, so that the client needn't ask again.</summary>
    private async Task<IReadOnlyList<Record>> Follow(Record alias, Question question, CancellationToken cancel)
    {
        var at = 0;
        var target = DnsMessage.ReadName(alias.Data, ref at)!;
        if (zone.Answer(target, question.Type) is { } inside) return inside.Answers;
        var raw = DnsMessage.Name(target);
        byte[] packet = [(byte)(question.Id >> 8), (byte)question.Id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. raw, 0, (byte)question.Type, 0, 1];
        var answer = await forwarder.Ask(question with { Name = target, RawName = raw }, packet, false, cancel);
        return answer is null ? [] : AnswerReader.Records(answer);
    }

    /// <summary>Clients take the first address: a different one each time.</summary>
    private static Answer Rotated(Answer answer, ushort by)
    {
        var count = answer.Answers.Count;
        if (count < 2 || answer.Answers[0].Type is not (RecordType.A or RecordType.AAAA)) return answer;
        var from = by % count;
        return answer with { Answers = [.. answer.Answers.Skip(from), .. answer.Answers.Take(from)] };
    }
}

/// <summary>Records out of another server's answer, with names in full.</summary>
internal static class AnswerReader
{
    public static IReadOnlyList<Record> Records(byte[] packet)
    {
        var records = new List<Record>();
        var span = packet.AsSpan();
        var at = 12;
        if (DnsMessage.ReadName(span, ref at) is null) return records;
        at += 4;
        for (var left = BinaryPrimitives.ReadUInt16BigEndian(span[6..]); left > 0; left--)
        {
            if (DnsMessage.ReadName(span, ref at) is not { } name || at + 10 > span.Length) return records;
            var type = (RecordType)BinaryPrimitives.ReadUInt16BigEndian(span[at..]);
            var ttl = BinaryPrimitives.ReadUInt32BigEndian(span[(at + 4)..]);
            var length = BinaryPrimitives.ReadUInt16BigEndian(span[(at + 8)..]);
            at += 10;
            if (at + length > span.Length) return records;
            if (type is RecordType.A or RecordType.AAAA) records.Add(new(name, type, ttl, span.Slice(at, length).ToArray()));
            else if (type is RecordType.CNAME)
            {
                var position = at;
                if (DnsMessage.ReadName(span, ref position) is { } target) records.Add(new(name, type, ttl, DnsMessage.Name(target)));
            }
            at += length;
        }
        return records;
    }
}
