using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Threading.Channels;

namespace MiniKube.Machinery.Spdy;

/// <summary>A SPDY/3.1 connection, either side: streams that one opens, data both ways. Windows aren't used, as nothing in Kubernetes does.</summary>
public sealed class SpdyConnection(Stream transport) : IAsyncDisposable
{
    private const int LargestControl = 1024 * 1024;
    private const int LargestData = 32 * 1024;
    private const byte Fin = 1;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<uint, SpdyStream> streams = new();
    private readonly Channel<SpdyStream> opened = Channel.CreateUnbounded<SpdyStream>();
    private readonly SpdyHeaders headers = new();
    private readonly SemaphoreSlim turn = new(1, 1);
    private uint nextOwn = 1;
    private volatile uint lastAsked;

    public ChannelReader<SpdyStream> Opened => opened.Reader;

    /// <summary>Opens a stream from this side, the client's.</summary>
    public async Task<SpdyStream> Open(IReadOnlyCollection<KeyValuePair<string, string>> named, CancellationToken cancel)
    {
        await turn.WaitAsync(cancel);
        try
        {
            var id = nextOwn;
            nextOwn += 2;
            var stream = new SpdyStream(this, id, named.ToDictionary(n => n.Key, n => n.Value, StringComparer.OrdinalIgnoreCase));
            streams[id] = stream;
            // What the header block is packed with goes on from block to block: so they leave in the order they were packed in.
            await Frame(1, id, 6, headers.Write(named), cancel);
            return stream;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Reads frames until the other side is gone.</summary>
    public async Task Run(CancellationToken cancel)
    {
        var head = new byte[8];
        try
        {
            while (true)
            {
                await transport.ReadExactlyAsync(head, cancel);
                var length = (int)(BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(4)) & 0xFFFFFF);
                if ((head[0] & 0x80) == 0)
                {
                    await Data(BinaryPrimitives.ReadUInt32BigEndian(head) & 0x7FFFFFFF, head[4], length, cancel);
                    continue;
                }
                if (length > LargestControl) return;
                var body = new byte[length];
                await transport.ReadExactlyAsync(body, cancel);
                if (!await Control(BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2)), head[4], body, cancel)) return;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidDataException or ObjectDisposedException or ArgumentOutOfRangeException)
        {
            // The other side is gone, or doesn't speak SPDY.
        }
        finally
        {
            opened.Writer.TryComplete();
            foreach (var stream in streams.Values) await stream.Ended();
        }
    }

    public async Task Send(uint id, ReadOnlyMemory<byte> data, bool end, CancellationToken cancel)
    {
        do
        {
            var part = data.Length > LargestData ? data[..LargestData] : data;
            data = data[part.Length..];
            var frame = ArrayPool<byte>.Shared.Rent(8 + part.Length);
            try
            {
                BinaryPrimitives.WriteUInt32BigEndian(frame, id);
                BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), (uint)part.Length | (end && data.Length == 0 ? (uint)Fin << 24 : 0));
                part.CopyTo(frame.AsMemory(8));
                await Write(frame.AsMemory(0, 8 + part.Length), cancel);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(frame);
            }
        }
        while (data.Length > 0);
    }

    /// <summary>
    /// Asks now and then whether the other side is there, which the system answers: while nobody takes what it sent before, its end would not be read.
    /// </summary>
    public async Task StayAwake(CancellationToken cancel)
    {
        try
        {
            for (uint id = 2; ; id += 2)
            {
                await Task.Delay(Quiet, cancel);
                lastAsked = id;
                var frame = new byte[12];
                (frame[0], frame[1], frame[3], frame[7]) = (0x80, 3, 6, 4);
                BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(8), id);
                await Write(frame, cancel);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // It isn't, or nobody asks any more.
        }
    }

    public void Forget(uint id) => streams.TryRemove(id, out _);

    public async ValueTask DisposeAsync()
    {
        await transport.DisposeAsync();
    }

    /// <summary>A frame of data in pieces as they come: it may have 16 MB.</summary>
    private async Task Data(uint id, byte flags, int length, CancellationToken cancel)
    {
        streams.TryGetValue(id, out var stream);
        var piece = ArrayPool<byte>.Shared.Rent(Math.Min(length, LargestData));
        try
        {
            while (length > 0)
            {
                var read = await transport.ReadAsync(piece.AsMemory(0, Math.Min(length, piece.Length)), cancel);
                if (read == 0) throw new EndOfStreamException();
                length -= read;
                if (stream is not null) await stream.Received(piece.AsMemory(0, read), cancel);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
        if (stream is not null && (flags & Fin) != 0) await stream.Ended();
    }

    private async Task<bool> Control(ushort type, byte flags, byte[] body, CancellationToken cancel)
    {
        switch (type)
        {
            case 1:
                var id = BinaryPrimitives.ReadUInt32BigEndian(body) & 0x7FFFFFFF;
                var stream = new SpdyStream(this, id, headers.Read(body.AsSpan(10)));
                streams[id] = stream;
                await Reply(id, cancel);
                if ((flags & Fin) != 0) await stream.Ended();
                opened.Writer.TryWrite(stream);
                return true;
            case 2:
                headers.Read(body.AsSpan(4));
                return true;
            case 3:
                if (streams.TryRemove(BinaryPrimitives.ReadUInt32BigEndian(body) & 0x7FFFFFFF, out var reset)) await reset.Ended();
                return true;
            case 6:
                // An answer to one of ours, or a question.
                if (BinaryPrimitives.ReadUInt32BigEndian(body) is var ping && ping % 2 == 0 && ping <= lastAsked) return true;
                await Write((byte[])[0x80, 3, 0, 6, 0, 0, 0, 4, .. body], cancel);
                return true;
            case 7:
                return false;
            case 8:
                // Headers that come later: read, because the compression goes on through them.
                headers.Read(body.AsSpan(4));
                return true;
            default:
                return true;
        }
    }

    private async Task Reply(uint id, CancellationToken cancel)
    {
        await turn.WaitAsync(cancel);
        try
        {
            await Frame(2, id, 0, headers.Write([]), cancel);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>A frame with headers: the stream, as many empty bytes as its kind has, the block. The caller has the turn.</summary>
    private async Task Frame(byte type, uint id, int padding, byte[] block, CancellationToken cancel)
    {
        var frame = new byte[12 + padding + block.Length];
        byte[] start = [0x80, 3, 0, type];
        start.CopyTo(frame, 0);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), (uint)(4 + padding + block.Length));
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(8), id);
        block.CopyTo(frame, 12 + padding);
        await transport.WriteAsync(frame, cancel);
        await transport.FlushAsync(cancel);
    }

    private async Task Write(ReadOnlyMemory<byte> frame, CancellationToken cancel)
    {
        await turn.WaitAsync(cancel);
        try
        {
            await transport.WriteAsync(frame, cancel);
            await transport.FlushAsync(cancel);
        }
        finally
        {
            turn.Release();
        }
    }
}
