using System.Globalization;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using MiniKube.Kubelet;
using MiniKube.Machinery;
using MiniKube.Machinery.Spdy;

namespace MiniKube.Engines.Containerd;

/// <summary>
/// A process's streams over the engine's streaming server, as streams of one SPDY connection: of what that server speaks, only
/// SPDY can close the input and go on reading.
/// </summary>
internal sealed class CriStream : IContainerStream
{
    private const int CouldNotRun = 126;

    private readonly SpdyConnection connection;
    private readonly CancellationTokenSource life = new();
    private readonly TaskCompletionSource<int> code = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, SpdyStream> streams = [];
    private Task running = Task.CompletedTask;

    private CriStream(SpdyConnection connection) => this.connection = connection;

    public static async Task<IContainerStream> Open(Uri url, ExecRequest request, CancellationToken cancel)
    {
        var transport = await Dial(url, cancel);
        var stream = new CriStream(new(transport));
        try
        {
            await stream.Begin(request, cancel);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    public Task Write(ReadOnlyMemory<byte> input, CancellationToken cancel = default) => streams["stdin"].Write(input, cancel);

    public Task CloseInput(CancellationToken cancel = default) => streams.TryGetValue("stdin", out var input) ? input.Close(cancel) : Task.CompletedTask;

    public async IAsyncEnumerable<(StreamKind Kind, ReadOnlyMemory<byte> Data)> Read([EnumeratorCancellation] CancellationToken cancel = default)
    {
        await foreach (var piece in Outputs.Together(Pieces("stdout", cancel), Pieces("stderr", cancel), cancel)) yield return piece;
        if (await End(cancel) is { } complaint) yield return (StreamKind.Stderr, Encoding.UTF8.GetBytes(complaint + "\n"));
    }

    public Task Resize(int columns, int rows, CancellationToken cancel = default) =>
        streams.TryGetValue("resize", out var sizes) ? sizes.Write(Encoding.UTF8.GetBytes($$"""{"Width":{{columns}},"Height":{{rows}}}"""), cancel) : Task.CompletedTask;

    public Task<int> ExitCode(CancellationToken cancel = default) => code.Task.WaitAsync(cancel);

    public async ValueTask DisposeAsync()
    {
        await life.CancelAsync();
        await connection.DisposeAsync();
        await running;
        code.TrySetResult(CouldNotRun);
        life.Dispose();
    }

    private async Task Begin(ExecRequest request, CancellationToken cancel)
    {
        running = connection.Run(life.Token);
        (string Type, bool Wanted)[] kinds = [("error", true), ("stdin", request.Stdin), ("stdout", request.Stdout), ("stderr", request.Stderr && !request.Tty), ("resize", request.Tty)];
        foreach (var (type, wanted) in kinds)
            if (wanted) streams[type] = await connection.Open([new("streamtype", type)], cancel);
    }

    private IAsyncEnumerable<ReadOnlyMemory<byte>> Pieces(string type, CancellationToken cancel) =>
        streams.TryGetValue(type, out var stream) ? stream.Read(cancel) : AsyncEnumerable.Empty<ReadOnlyMemory<byte>>();

    /// <summary>How it ended, from the error stream: nothing or a status. What kept the process from running is told in words.</summary>
    private async Task<string?> End(CancellationToken cancel)
    {
        var told = new StringBuilder();
        await foreach (var data in streams["error"].Read(cancel)) told.Append(Encoding.UTF8.GetString(data.Span));
        var (exit, complaint) = Outcome(told.ToString());
        code.TrySetResult(exit);
        return complaint;
    }

    internal static (int Code, string? Complaint) Outcome(string told)
    {
        if (told.Length == 0) return (0, null);
        try
        {
            var status = JsonReader.ParseMap(told);
            if (status.Text("status") == "Success") return (0, null);
            var exit = (status.Map("details")?.List("causes") ?? []).Maps().FirstOrDefault(c => c.Text("reason") == "ExitCode")?.Text("message");
            if (int.TryParse(exit, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)) return (number, null);
            told = status.Text("message") ?? told;
        }
        catch (JsonException)
        {
            // Words, then.
        }
        return (CouldNotRun, told);
    }

    private static async Task<Stream> Dial(Uri url, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(url.Host, url.Port, cancel);
            var head = $"POST {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\nContent-Length: 0\r\n\r\n";
            var (status, early) = await HttpUpgrade.Ask(socket, head, default, cancel);
            if (status != 101) throw new EngineException($"containerd refused the stream: {Encoding.UTF8.GetString(early).Trim()}");
            return new EarlyStream(new NetworkStream(socket, ownsSocket: true), early);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new EngineException($"containerd's streaming server doesn't answer at {url.Authority}: {e.Message}", EngineFault.Other, e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
