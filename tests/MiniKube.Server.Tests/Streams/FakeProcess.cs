using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using MiniKube.Server.Streams;

namespace MiniKube.Server.Tests.Streams;

/// <summary>A node with one process: it sums up what it is given and says as much as it is told to, from bytes that nobody could guess.</summary>
internal sealed class FakeProcess : INodeDoor, IProcessDoor
{
    private readonly IncrementalHash said = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash heard = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly TaskCompletionSource inputEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long produced;
    private long taken;

    public long Says { get; init; }
    public bool TakesInput { get; init; } = true;
    public bool EndsWithInput { get; init; }
    public int Code { get; init; }

    public long Produced => Interlocked.Read(ref produced);
    public long Taken => Interlocked.Read(ref taken);
    public ConcurrentQueue<(int Columns, int Rows)> Sizes { get; } = [];
    public TaskCompletionSource Disposed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Said => Convert.ToHexString(said.GetHashAndReset());
    public string Heard => Convert.ToHexString(heard.GetHashAndReset());

    public Task<(IProcessDoor? Process, string? Refusal)> Open(string ns, string pod, ProcessQuery query, CancellationToken cancel) => Task.FromResult<(IProcessDoor?, string?)>((this, null));

    public async Task Write(ReadOnlyMemory<byte> input, CancellationToken cancel)
    {
        if (!TakesInput) await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
        heard.AppendData(input.Span);
        Interlocked.Add(ref taken, input.Length);
    }

    public Task CloseInput(CancellationToken cancel)
    {
        inputEnded.TrySetResult();
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<(bool IsError, ReadOnlyMemory<byte> Data)> Read([EnumeratorCancellation] CancellationToken cancel)
    {
        var noise = new byte[1 << 20];
        RandomNumberGenerator.Fill(noise);
        for (var left = Says; left > 0;)
        {
            await Task.Yield();
            var (start, size) = ((int)(left * 7919 % (noise.Length - (32 << 10))), (int)Math.Min(left, 32 << 10));
            var piece = noise.AsMemory(start, size);
            said.AppendData(piece.Span);
            Interlocked.Add(ref produced, size);
            left -= size;
            yield return (false, piece);
        }
        if (EndsWithInput) await inputEnded.Task.WaitAsync(cancel);
    }

    public Task Resize(int columns, int rows, CancellationToken cancel)
    {
        Sizes.Enqueue((columns, rows));
        return Task.CompletedTask;
    }

    public Task<int> ExitCode(CancellationToken cancel) => Task.FromResult(Code);

    public ValueTask DisposeAsync()
    {
        Disposed.TrySetResult();
        return ValueTask.CompletedTask;
    }

    public Task<(IAsyncEnumerable<ReadOnlyMemory<byte>>? Lines, string? Refusal)> Logs(string ns, string pod, LogQuery query, CancellationToken cancel) => throw new NotSupportedException();

    public Task<(Stream? Connection, string? Refusal)> Connect(string ns, string pod, int port, CancellationToken cancel) => throw new NotSupportedException();
}
