using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Docker;

/// <summary>A process's streams over a connection taken over from Docker: raw with a terminal, in frames of an 8-byte head without.</summary>
internal sealed class DockerStream(Socket socket, byte[] early, ExecRequest request, Func<int, int, CancellationToken, Task> resize, Func<CancellationToken, Task<int>> exitCode)
    : IContainerStream
{
    private int taken;

    public async Task Write(ReadOnlyMemory<byte> input, CancellationToken cancel = default)
    {
        while (input.Length > 0) input = input[await socket.SendAsync(input, cancel)..];
    }

    public Task CloseInput(CancellationToken cancel = default)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The process has gone already: no input is what was wanted.
        }
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<(StreamKind Kind, ReadOnlyMemory<byte> Data)> Read([EnumeratorCancellation] CancellationToken cancel = default)
    {
        await foreach (var piece in Pieces(cancel))
            if (piece.Kind == StreamKind.Stdout ? request.Stdout : request.Stderr) yield return piece;
    }

    public Task Resize(int columns, int rows, CancellationToken cancel = default) => resize(columns, rows, cancel);

    public Task<int> ExitCode(CancellationToken cancel = default) => exitCode(cancel);

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async IAsyncEnumerable<(StreamKind Kind, ReadOnlyMemory<byte> Data)> Pieces([EnumeratorCancellation] CancellationToken cancel)
    {
        var buffer = new byte[32 * 1024];
        if (request.Tty)
        {
            while (await Some(buffer, cancel) is > 0 and var read) yield return (StreamKind.Stdout, buffer.AsMemory(0, read));
            yield break;
        }
        var head = new byte[8];
        while (await Fill(head, cancel))
        {
            var kind = head[0] == 2 ? StreamKind.Stderr : StreamKind.Stdout;
            for (var left = (long)BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(4)); left > 0;)
            {
                var read = await Some(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), cancel);
                if (read == 0) yield break;
                left -= read;
                yield return (kind, buffer.AsMemory(0, read));
            }
        }
    }

    private async Task<bool> Fill(Memory<byte> target, CancellationToken cancel)
    {
        while (target.Length > 0)
        {
            var read = await Some(target, cancel);
            if (read == 0) return false;
            target = target[read..];
        }
        return true;
    }

    private async ValueTask<int> Some(Memory<byte> target, CancellationToken cancel)
    {
        if (taken < early.Length)
        {
            var size = Math.Min(target.Length, early.Length - taken);
            early.AsMemory(taken, size).CopyTo(target);
            taken += size;
            return size;
        }
        try
        {
            return await socket.ReceiveAsync(target, cancel);
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
