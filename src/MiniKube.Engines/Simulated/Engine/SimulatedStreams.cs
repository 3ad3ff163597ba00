using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Simulated;

/// <summary>What a simulated process reads. Who writes faster than it reads waits.</summary>
internal sealed class SimulatedInput
{
    private readonly Channel<byte[]> pieces = Channel.CreateBounded<byte[]>(4);
    private ReadOnlyMemory<byte> rest;

    public async Task Write(ReadOnlyMemory<byte> data, CancellationToken cancel)
    {
        try
        {
            await pieces.Writer.WriteAsync(data.ToArray(), cancel);
        }
        catch (ChannelClosedException)
        {
            // Nobody reads any more.
        }
    }

    public void Close() => pieces.Writer.TryComplete();

    /// <summary>The next piece; empty at the end.</summary>
    public async Task<ReadOnlyMemory<byte>> Read(CancellationToken cancel)
    {
        if (rest.IsEmpty) return await pieces.Reader.WaitToReadAsync(cancel) && pieces.Reader.TryRead(out var piece) ? piece : default(ReadOnlyMemory<byte>);
        var early = rest;
        rest = default;
        return early;
    }

    /// <summary>The next line without its break; null at the end.</summary>
    public async Task<string?> Line(CancellationToken cancel)
    {
        var line = new MemoryStream();
        while (await Read(cancel) is { IsEmpty: false } piece)
        {
            var end = piece.Span.IndexOf((byte)'\n');
            line.Write((end < 0 ? piece : piece[..end]).Span);
            if (end < 0) continue;
            rest = piece[(end + 1)..];
            return Encoding.UTF8.GetString(line.ToArray());
        }
        return line.Length > 0 ? Encoding.UTF8.GetString(line.ToArray()) : null;
    }
}

/// <summary>What a simulated process writes, for its log and for everybody attached, none of whom loses anything.</summary>
internal sealed class SimulatedOutput(Action<StreamKind, ReadOnlyMemory<byte>>? log = null)
{
    private readonly Lock gate = new();
    private readonly List<Channel<(StreamKind, byte[])>> listeners = [];
    private bool ended;

    public Channel<(StreamKind Kind, byte[] Data)> Listen()
    {
        var channel = Channel.CreateBounded<(StreamKind, byte[])>(16);
        lock (gate)
        {
            if (ended) channel.Writer.TryComplete();
            else listeners.Add(channel);
        }
        return channel;
    }

    public async Task Write(StreamKind kind, ReadOnlyMemory<byte> data, CancellationToken cancel)
    {
        log?.Invoke(kind, data);
        Channel<(StreamKind, byte[])>[] now;
        lock (gate) now = [.. listeners];
        foreach (var listener in now)
        {
            try
            {
                await listener.Writer.WriteAsync((kind, data.ToArray()), cancel);
            }
            catch (ChannelClosedException)
            {
                lock (gate) listeners.Remove(listener);
            }
        }
    }

    public void End()
    {
        lock (gate)
        {
            ended = true;
            foreach (var listener in listeners) listener.Writer.TryComplete();
        }
    }
}

/// <summary>Somebody's end of a simulated process. A terminal shows what is typed, as terminals do.</summary>
internal sealed class SimulatedStream(SimulatedProcess process, SimulatedInput input, SimulatedOutput output, ExecRequest request, bool closesInput) : IContainerStream
{
    private const byte EndOfInput = 4;
    private const byte Interrupt = 3;

    private readonly Channel<(StreamKind Kind, byte[] Data)> heard = output.Listen();

    public async Task Write(ReadOnlyMemory<byte> data, CancellationToken cancel = default)
    {
        if (!request.Stdin) return;
        if (!request.Tty)
        {
            await input.Write(data, cancel);
            return;
        }
        var typed = data.ToArray();
        typed.AsSpan().Replace((byte)'\r', (byte)'\n');
        if (typed.Contains(Interrupt)) process.Signal("INT");
        var text = typed.Where(b => b is not (Interrupt or EndOfInput)).ToArray();
        if (text.Length > 0)
        {
            await output.Write(StreamKind.Stdout, text, cancel);
            await input.Write(text, cancel);
        }
        if (typed.Contains(EndOfInput)) input.Close();
    }

    public Task CloseInput(CancellationToken cancel = default)
    {
        if (closesInput) input.Close();
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<(StreamKind Kind, ReadOnlyMemory<byte> Data)> Read([EnumeratorCancellation] CancellationToken cancel = default)
    {
        await foreach (var (kind, data) in heard.Reader.ReadAllAsync(cancel))
        {
            if (request.Tty) yield return (StreamKind.Stdout, Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(data).Replace("\n", "\r\n", StringComparison.Ordinal)));
            else if (kind == StreamKind.Stdout ? request.Stdout : request.Stderr) yield return (kind, data);
        }
    }

    public Task Resize(int columns, int rows, CancellationToken cancel = default)
    {
        process.Terminal = (columns, rows);
        return Task.CompletedTask;
    }

    public Task<int> ExitCode(CancellationToken cancel = default) => process.Ended.WaitAsync(cancel);

    public ValueTask DisposeAsync()
    {
        heard.Writer.TryComplete();
        if (closesInput) input.Close();
        return ValueTask.CompletedTask;
    }
}
