using System.IO.Pipes;
using System.Runtime.CompilerServices;
using MiniKube.Kubelet;

namespace MiniKube.Engines.Containerd;

/// <summary>
/// A command's streams over pipes of our own, which its shim opens by their names under /proc. The CRI's streaming server would do for most commands, but for one that
/// leaves input unread it waits for that to be read, and never tells the end.
/// </summary>
internal sealed class ExecStream : IContainerStream
{
    private const string Tasks = "/containerd.services.tasks.v1.Tasks/";
    private const int Lost = 137;
    private const int PieceBytes = 32 * 1024;
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly GrpcClient grpc;
    private readonly TimeProvider time;
    private readonly string container;
    private readonly string id = Guid.NewGuid().ToString("N");
    private readonly ExecRequest request;
    private readonly AnonymousPipeServerStream? stdin;

    // The shim wants both outputs, whoever wants to read them.
    private readonly AnonymousPipeServerStream stdout = new(PipeDirection.In, HandleInheritability.None);
    private readonly AnonymousPipeServerStream? stderr;
    private readonly CancellationTokenSource ended = new();
    private readonly TaskCompletionSource<int> code = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task following = Task.CompletedTask;

    private ExecStream(GrpcClient grpc, TimeProvider time, string container, ExecRequest request)
    {
        (this.grpc, this.time, this.container, this.request) = (grpc, time, container, request);
        stdin = request.Stdin ? new(PipeDirection.Out, HandleInheritability.None) : null;
        stderr = request.Tty ? null : new(PipeDirection.In, HandleInheritability.None);
    }

    public static async Task<IContainerStream> Open(GrpcClient grpc, TimeProvider time, string container, ExecRequest request, CancellationToken cancel)
    {
        var known = await grpc.Call("/containerd.services.containers.v1.Containers/Get", new() { { 1, container } }, cancel);
        var process = RuntimeSpec.Process(known.Message(1).Message(5).Bytes(2), request);
        var stream = new ExecStream(grpc, time, container, request);
        try
        {
            await stream.Begin(process, cancel);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    public async Task Write(ReadOnlyMemory<byte> input, CancellationToken cancel = default)
    {
        if (stdin is null) return;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, ended.Token);
        try
        {
            await stdin.WriteAsync(input, either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // Nobody is there any more to read it.
        }
    }

    public async Task CloseInput(CancellationToken cancel = default)
    {
        if (stdin is null) return;
        await stdin.DisposeAsync();
        // The shim holds the pipe open as well, or a client's restart would end the input.
        await Unless(grpc.Call(Tasks + "CloseIO", new() { { 1, container }, { 2, id }, { 3, true } }, cancel));
    }

    public async IAsyncEnumerable<(StreamKind Kind, ReadOnlyMemory<byte> Data)> Read([EnumeratorCancellation] CancellationToken cancel = default)
    {
        await foreach (var piece in Outputs.Together(Pieces(stdout, cancel), Pieces(stderr, cancel), cancel))
            if (piece.Kind == StreamKind.Stdout ? request.Stdout : request.Stderr) yield return piece;
    }

    public Task Resize(int columns, int rows, CancellationToken cancel = default) =>
        request.Tty ? Unless(grpc.Call(Tasks + "ResizePty", new() { { 1, container }, { 2, id }, { 3, columns }, { 4, rows } }, cancel)) : Task.CompletedTask;

    public Task<int> ExitCode(CancellationToken cancel = default) => code.Task.WaitAsync(cancel);

    public async ValueTask DisposeAsync()
    {
        foreach (var pipe in (AnonymousPipeServerStream?[])[stdin, stdout, stderr])
        {
            if (pipe is null) continue;
            pipe.DisposeLocalCopyOfClientHandle();
            await pipe.DisposeAsync();
        }
        closed.TrySetResult();
        // One that goes on without anybody is left alone, as ever.
        if (code.Task.IsCompleted) await following;
        else if (stdin is not null) await Unless(grpc.Call(Tasks + "CloseIO", new() { { 1, container }, { 2, id }, { 3, true } }, CancellationToken.None));
    }

    private async Task Begin(ReadOnlyMemory<byte> process, CancellationToken cancel)
    {
        await grpc.Call(Tasks + "Exec", new()
        {
            { 1, container }, { 2, NameOf(stdin) }, { 3, NameOf(stdout) }, { 4, NameOf(stderr) }, { 5, request.Tty }, { 6, new Proto { { 1, RuntimeSpec.ProcessType }, { 2, process } } }, { 7, id },
        }, cancel);
        try
        {
            await grpc.Call(Tasks + "Start", new() { { 1, container }, { 2, id } }, cancel);
            following = Follow();
        }
        catch (EngineException e) when (e.Fault != EngineFault.Unreachable)
        {
            await Delete();
            // The words of the CRI's streaming server, which has no exit code for this either.
            throw new EngineException($"error executing command in container: failed to exec in container: failed to start exec \"{id}\": {e.Message}", e.Fault, e);
        }
        catch
        {
            await Delete();
            throw;
        }
        // The shim has its own by now: ours would keep the outputs from ending.
        stdout.DisposeLocalCopyOfClientHandle();
        stderr?.DisposeLocalCopyOfClientHandle();
    }

    /// <summary>Until it has ended and nobody reads any more: what the shim keeps of it goes then, its pipes among it.</summary>
    private async Task Follow()
    {
        await Over(await Wait());
        await closed.Task;
        await Delete();
    }

    private async Task<int> Wait()
    {
        while (true)
        {
            try
            {
                return (int)(await grpc.Call(Tasks + "Wait", new() { { 1, container }, { 2, id } }, CancellationToken.None)).Whole(1);
            }
            catch (EngineException e) when (e.Fault == EngineFault.Unreachable)
            {
                // The command doesn't end with the engine.
                await Task.Delay(Again, time);
            }
            catch (Exception e) when (e is EngineException or OperationCanceledException or ObjectDisposedException)
            {
                return Lost;
            }
        }
    }

    private async Task Over(int exit)
    {
        code.TrySetResult(exit);
        await ended.CancelAsync();
    }

    private Task Delete() => Unless(grpc.Call(Tasks + "DeleteProcess", new() { { 1, container }, { 2, id } }, CancellationToken.None));

    /// <summary>What it is too late for needs no doing.</summary>
    private static async Task Unless(Task work)
    {
        try
        {
            await work;
        }
        catch (Exception e) when (e is EngineException or ObjectDisposedException or OperationCanceledException)
        {
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Pieces(AnonymousPipeServerStream? pipe, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (pipe is null) yield break;
        var buffer = new byte[PieceBytes];
        while (await pipe.ReadAsync(buffer, cancel) is > 0 and var read) yield return buffer.AsMemory(0, read);
    }

    private static string? NameOf(AnonymousPipeServerStream? pipe) => pipe is null ? null : $"/proc/{Environment.ProcessId}/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}";
}
