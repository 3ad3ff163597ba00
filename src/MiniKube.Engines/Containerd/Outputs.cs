using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Containerd;

/// <summary>Both outputs of a process as one, with few pieces waiting: who reads slowly slows the process.</summary>
internal static class Outputs
{
    private const int WaitingPieces = 16;

    public static async IAsyncEnumerable<(StreamKind Kind, ReadOnlyMemory<byte> Data)> Together(
        IAsyncEnumerable<ReadOnlyMemory<byte>> stdout, IAsyncEnumerable<ReadOnlyMemory<byte>> stderr, [EnumeratorCancellation] CancellationToken cancel)
    {
        var pieces = Channel.CreateBounded<(StreamKind, ReadOnlyMemory<byte>)>(WaitingPieces);
        var reading = ReadAll();
        await foreach (var piece in pieces.Reader.ReadAllAsync(cancel)) yield return piece;
        await reading;

        async Task One(IAsyncEnumerable<ReadOnlyMemory<byte>> source, StreamKind kind)
        {
            await foreach (var data in source.WithCancellation(cancel)) await pieces.Writer.WriteAsync((kind, data.ToArray()), cancel);
        }

        async Task ReadAll()
        {
            Exception? fault = null;
            try
            {
                await Task.WhenAll(One(stdout, StreamKind.Stdout), One(stderr, StreamKind.Stderr));
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                fault = e;
            }
            pieces.Writer.TryComplete(fault);
        }
    }
}
