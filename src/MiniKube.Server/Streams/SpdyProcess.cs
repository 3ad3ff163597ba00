using System.Text;
using Microsoft.AspNetCore.Http;
using MiniKube.Machinery.Spdy;

namespace MiniKube.Server.Streams;

/// <summary>A process's streams as streams of one SPDY connection, told apart by their header "streamtype".</summary>
internal static class SpdyProcess
{
    private static readonly string[] Spoken = ["v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task Run(HttpContext http, ProcessQuery query, Func<CancellationToken, Task<(IProcessDoor?, string?)>> open)
    {
        if (await SpdyUpgrade.Accept(http, Spoken) is not var (connection, protocol)) return;
        await using var _ = connection;
        using var life = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        var reading = connection.Run(life.Token);
        var asking = connection.StayAwake(life.Token);
        try
        {
            var streams = await Gather(connection, query, protocol, life.Token);
            var error = streams["error"];
            var (process, refusal) = await open(life.Token);
            if (process is null) await error.Write(protocol[1] == '4' ? ProcessEnd.Failed(refusal!) : Encoding.UTF8.GetBytes(refusal!), life.Token);
            else await Serve(process, streams, protocol, life.Token);
            foreach (var stream in streams.Values) await stream.Close(life.Token);
            await Farewell.Wait(http, reading, life.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or TimeoutException or ObjectDisposedException)
        {
            // The client is gone, or never opened its streams.
        }
        await life.CancelAsync();
        await asking;
    }

    private static async Task Serve(IProcessDoor process, Dictionary<string, SpdyStream> streams, string protocol, CancellationToken cancel)
    {
        using var running = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await using (process)
        {
            if (streams.TryGetValue("stdin", out var input)) _ = Feed(input, process, running.Token);
            if (streams.TryGetValue("resize", out var sizes)) _ = Follow(sizes, process, running.Token);
            await foreach (var (isError, data) in process.Read(cancel))
                if (streams.TryGetValue(isError ? "stderr" : "stdout", out var target)) await target.Write(data, cancel);
            var code = await process.ExitCode(cancel);
            var error = streams["error"];
            if (protocol.StartsWith("v4", StringComparison.Ordinal)) await error.Write(ProcessEnd.Of(code), cancel);
            else if (code != 0) await error.Write(Encoding.UTF8.GetBytes($"error executing remote command: command terminated with non-zero exit code: exit status {code}"), cancel);
            // What still comes is for nobody, but read: unread, it would break the connection as it closes.
            await running.CancelAsync();
        }
    }

    private static async Task<Dictionary<string, SpdyStream>> Gather(SpdyConnection connection, ProcessQuery query, string protocol, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        var expected = 1 + (query.Stdin ? 1 : 0) + (query.Stdout ? 1 : 0) + (query.Stderr ? 1 : 0) + (query.Tty && protocol[0] == 'v' && protocol[1] >= '3' ? 1 : 0);
        var streams = new Dictionary<string, SpdyStream>();
        while (streams.Count < expected)
        {
            var stream = await connection.Opened.ReadAsync(limit.Token);
            streams[stream.Type] = stream;
        }
        return streams.ContainsKey("error") ? streams : throw new IOException("the client opened no error stream");
    }

    private static async Task Feed(SpdyStream input, IProcessDoor process, CancellationToken cancel)
    {
        try
        {
            await foreach (var data in input.Read(cancel)) await process.Write(data, cancel);
            await process.CloseInput(cancel);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // The process has ended.
        }
    }

    private static async Task Follow(SpdyStream sizes, IProcessDoor process, CancellationToken cancel)
    {
        try
        {
            await foreach (var data in sizes.Read(cancel)) await ChannelSocket.Resize(process, data, cancel);
        }
        catch (OperationCanceledException)
        {
            // The process has ended.
        }
    }
}
