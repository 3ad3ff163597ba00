using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using MiniKube.Machinery;

namespace MiniKube.Server.Streams;

/// <summary>A process on another machine: the other end of a <see cref="ChannelSocket"/>.</summary>
internal sealed class RemoteProcess(WebSocket socket) : IProcessDoor
{
    private readonly ChannelMessages messages = new(socket, text: false);
    private readonly TaskCompletionSource<int> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Write(ReadOnlyMemory<byte> input, CancellationToken cancel) => Send(ChannelSocket.Input, input, cancel);

    public Task CloseInput(CancellationToken cancel) => Send(ChannelSocket.Close, (byte[])[ChannelSocket.Input], cancel);

    public Task Resize(int columns, int rows, CancellationToken cancel) =>
        Send(ChannelSocket.Size, JsonWriter.ToUtf8(new JsonMap { { "Width", columns }, { "Height", rows } }), cancel);

    public Task<int> ExitCode(CancellationToken cancel) => ended.Task.WaitAsync(cancel);

    public async IAsyncEnumerable<(bool IsError, ReadOnlyMemory<byte> Data)> Read([EnumeratorCancellation] CancellationToken cancel)
    {
        var end = new MemoryStream();
        await using var each = messages.Read(cancel).GetAsyncEnumerator(cancel);
        while (await Next(each))
        {
            var (channel, data) = each.Current;
            if (channel is ChannelSocket.Output or ChannelSocket.ErrorOutput) yield return (channel == ChannelSocket.ErrorOutput, data);
            // It may come in pieces, and is whole when the socket closes.
            else if (channel == ChannelSocket.End) end.Write(data.Span);
        }
        if (end.Length == 0) throw new IOException("the connection to the node broke");
        ended.TrySetResult(Code(JsonReader.ReadMap(end.ToArray())));
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
        }
        catch (Exception e) when (e is WebSocketException or IOException or InvalidOperationException)
        {
            // It was gone already.
        }
        socket.Dispose();
        messages.Dispose();
    }

    private static async ValueTask<bool> Next(IAsyncEnumerator<(byte, ReadOnlyMemory<byte>)> each)
    {
        try
        {
            return await each.MoveNextAsync();
        }
        catch (WebSocketException)
        {
            return false;
        }
    }

    private async Task Send(byte channel, ReadOnlyMemory<byte> data, CancellationToken cancel)
    {
        try
        {
            await messages.Send(channel, data, cancel);
        }
        catch (WebSocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    private static int Code(JsonMap end)
    {
        if (end.Text("status") == "Success") return 0;
        var code = (end.Map("details")?.List("causes") ?? []).Maps().FirstOrDefault(c => c.Text("reason") == "ExitCode")?.Text("message");
        return int.TryParse(code, out var number) ? number : throw new IOException(end.Text("message") ?? "the process ended without a code");
    }
}
