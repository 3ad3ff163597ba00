using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace MiniKube.Machinery.Spdy;

/// <summary>One stream of a connection. What isn't read yet is bounded: beyond that the connection waits.</summary>
public sealed class SpdyStream(SpdyConnection connection, uint id, IReadOnlyDictionary<string, string> headers)
{
    private const int MostUnread = 1 << 20;

    private readonly Pipe incoming = new(new PipeOptions(pauseWriterThreshold: MostUnread, resumeWriterThreshold: MostUnread / 2, useSynchronizationContext: false));
    private bool closed;

    public uint Id => id;
    public IReadOnlyDictionary<string, string> Headers => headers;

    public string Type => headers.GetValueOrDefault("streamtype", "");

    public Task Write(ReadOnlyMemory<byte> data, CancellationToken cancel) => connection.Send(id, data, false, cancel);

    /// <summary>Nothing more comes from this side.</summary>
    public async Task Close(CancellationToken cancel)
    {
        if (closed) return;
        closed = true;
        await connection.Send(id, ReadOnlyMemory<byte>.Empty, true, cancel);
    }

    /// <summary>What the other side sends, until it closes.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> Read([EnumeratorCancellation] CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                var read = await incoming.Reader.ReadAsync(cancel);
                foreach (var part in read.Buffer) yield return part;
                incoming.Reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) yield break;
            }
        }
        finally
        {
            await incoming.Reader.CompleteAsync();
        }
    }

    public void Forget() => connection.Forget(id);

    internal async Task Received(ReadOnlyMemory<byte> data, CancellationToken cancel) => await incoming.Writer.WriteAsync(data, cancel);

    internal async Task Ended() => await incoming.Writer.CompleteAsync();
}
