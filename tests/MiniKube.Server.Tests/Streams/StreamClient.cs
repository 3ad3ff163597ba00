using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using MiniKube.Machinery.Spdy;

namespace MiniKube.Server.Tests.Streams;

/// <summary>What kubectl does with a process, in either protocol.</summary>
internal abstract class StreamClient : IAsyncDisposable
{
    public abstract Task Send(ReadOnlyMemory<byte> input, CancellationToken cancel);
    public abstract Task CloseInput(CancellationToken cancel);

    /// <summary>Output until the process ended; then the status that it ended with.</summary>
    public abstract Task<string> Read(Action<ReadOnlyMemory<byte>> output, CancellationToken cancel);

    public abstract ValueTask DisposeAsync();

    public static async Task<StreamClient> Open(string protocol, int port, CancellationToken cancel)
    {
        if (protocol == "spdy") return await Spdy.Open(port, cancel);
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("v5.channel.k8s.io");
        await socket.ConnectAsync(new($"ws://127.0.0.1:{port}/"), cancel);
        return new Channels(socket);
    }

    private sealed class Channels(ClientWebSocket socket) : StreamClient
    {
        public override async Task Send(ReadOnlyMemory<byte> input, CancellationToken cancel) =>
            await socket.SendAsync((byte[])[0, .. input.Span], WebSocketMessageType.Binary, true, cancel);

        public override async Task CloseInput(CancellationToken cancel) => await socket.SendAsync((byte[])[255, 0], WebSocketMessageType.Binary, true, cancel);

        public override async Task<string> Read(Action<ReadOnlyMemory<byte>> output, CancellationToken cancel)
        {
            var (buffer, status, start, channel) = (new byte[64 << 10], "", true, (byte)0);
            while (true)
            {
                var part = await socket.ReceiveAsync(buffer.AsMemory(), cancel);
                if (part.MessageType == WebSocketMessageType.Close) return status;
                var data = buffer.AsMemory(0, part.Count);
                if (start && data.Length > 0) (channel, data) = (buffer[0], data[1..]);
                start = part.EndOfMessage;
                if (channel == 1) output(data);
                else if (channel == 3) status += Encoding.UTF8.GetString(data.Span);
            }
        }

        public override async ValueTask DisposeAsync()
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
            socket.Dispose();
        }
    }

    private sealed class Spdy(SpdyConnection connection, Task running, Dictionary<string, SpdyStream> streams) : StreamClient
    {
        public static async Task<StreamClient> Open(int port, CancellationToken cancel)
        {
            var tcp = new TcpClient();
            await tcp.ConnectAsync("127.0.0.1", port, cancel);
            var stream = tcp.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes("POST / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n"), cancel);
            var (answer, one) = (new StringBuilder(), new byte[1]);
            while (!answer.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                await stream.ReadExactlyAsync(one, cancel);
                answer.Append((char)one[0]);
            }
            Assert.That(answer.ToString(), Does.Contain("101 "));
            var connection = new SpdyConnection(stream);
            var running = connection.Run(CancellationToken.None);
            var streams = new Dictionary<string, SpdyStream>();
            foreach (var type in (string[])["error", "stdin", "stdout"]) streams[type] = await connection.Open([new("streamtype", type)], cancel);
            return new Spdy(connection, running, streams);
        }

        public override Task Send(ReadOnlyMemory<byte> input, CancellationToken cancel) => streams["stdin"].Write(input, cancel);

        public override Task CloseInput(CancellationToken cancel) => streams["stdin"].Close(cancel);

        public override async Task<string> Read(Action<ReadOnlyMemory<byte>> output, CancellationToken cancel)
        {
            await foreach (var data in streams["stdout"].Read(cancel)) output(data);
            var status = "";
            await foreach (var data in streams["error"].Read(cancel)) status += Encoding.UTF8.GetString(data.Span);
            return status;
        }

        public override async ValueTask DisposeAsync()
        {
            await connection.DisposeAsync();
            await running;
        }
    }
}
