using System.Net.Sockets;
using System.Runtime.CompilerServices;
using MiniKube.Kubelet;
using MiniKube.Server.Streams;

namespace MiniKube.Host;

/// <summary>The node of this process, as the API server asks it.</summary>
internal sealed class LocalNode(INodeApi node, System.Net.IPEndPoint? port = null) : INodeDoor
{
    public async Task<(IAsyncEnumerable<ReadOnlyMemory<byte>>? Lines, string? Refusal)> Logs(string ns, string pod, LogQuery query, CancellationToken cancel)
    {
        var answer = await node.Logs(ns, pod, null, new LogOptions
        {
            Container = query.Container, Follow = query.Follow, Previous = query.Previous, Timestamps = query.Timestamps, TailLines = query.TailLines,
            LimitBytes = query.LimitBytes, Since = query.Since, Stream = query.Stream,
        }, cancel);
        return (answer.Lines, answer.Refusal);
    }

    public async IAsyncEnumerable<FoundLine> Search(LogSearchQuery query, [EnumeratorCancellation] CancellationToken cancel)
    {
        var wanted = new KeptLogQuery
        {
            Namespace = query.Namespace, Pod = query.Pod, Container = query.Container, Labels = query.Labels, Text = query.Text, IgnoreCase = query.IgnoreCase,
            Since = query.Since, Until = query.Until, BornAfter = query.BornAfter,
        };
        await foreach (var line in node.KeptLogs(wanted, cancel)) yield return new(line.Time, line.Namespace, line.Pod, line.Container, line.Text);
    }

    public async Task<(IProcessDoor? Process, string? Refusal)> Open(string ns, string pod, ProcessQuery query, CancellationToken cancel)
    {
        var request = new ExecRequest(query.Command ?? []) { Stdin = query.Stdin, Stdout = query.Stdout, Stderr = query.Stderr, Tty = query.Tty };
        var answer = query.Command is null ? await node.Attach(ns, pod, query.Container, request, cancel) : await node.Exec(ns, pod, query.Container, request, cancel);
        return answer.Stream is { } stream ? (new Process(stream), null) : (null, answer.Refusal);
    }

    public Task<(Stream? Connection, string? Refusal)> Connect(string ns, string pod, int port, CancellationToken cancel) => node.Connect(ns, pod, port, cancel);

    public async Task<Stream> Dial(CancellationToken cancel)
    {
        if (port is null) throw new IOException("this node has no port of its own");
        var socket = new Socket(port.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"dial tcp {port}: {e.Message}", e);
        }
    }

    private sealed class Process(IContainerStream stream) : IProcessDoor
    {
        public Task Write(ReadOnlyMemory<byte> input, CancellationToken cancel) => stream.Write(input, cancel);
        public Task CloseInput(CancellationToken cancel) => stream.CloseInput(cancel);
        public Task Resize(int columns, int rows, CancellationToken cancel) => stream.Resize(columns, rows, cancel);
        public Task<int> ExitCode(CancellationToken cancel) => stream.ExitCode(cancel);
        public ValueTask DisposeAsync() => stream.DisposeAsync();

        public async IAsyncEnumerable<(bool IsError, ReadOnlyMemory<byte> Data)> Read([EnumeratorCancellation] CancellationToken cancel)
        {
            await foreach (var (kind, data) in stream.Read(cancel)) yield return (kind == StreamKind.Stderr, data);
        }
    }
}
