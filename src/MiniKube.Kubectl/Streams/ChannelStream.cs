using System.Net.WebSockets;
using System.Runtime.CompilerServices;

namespace MiniKube.Kubectl;

/// <summary>Several streams in one WebSocket: the first byte of a message names the channel.</summary>
internal sealed class ChannelStream(WebSocket socket) : IDisposable
{
    public const byte Input = 0;
    public const byte Output = 1;
    public const byte ErrorOutput = 2;
    public const byte End = 3;
    public const byte Size = 4;
    private const byte Close = 255;

    private readonly SemaphoreSlim turn = new(1, 1);

    public async Task Send(byte channel, ReadOnlyMemory<byte> data, CancellationToken cancel)
    {
        var message = new byte[data.Length + 1];
        message[0] = channel;
        data.CopyTo(message.AsMemory(1));
        await turn.WaitAsync(cancel);
        try
        {
            await socket.SendAsync(message, WebSocketMessageType.Binary, true, cancel);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Nothing more comes on a channel; older servers know no such word.</summary>
    public Task Finish(byte channel, CancellationToken cancel) => socket.SubProtocol == "v5.channel.k8s.io" ? Send(Close, (byte[])[channel], cancel) : Task.CompletedTask;

    public async IAsyncEnumerable<(byte Channel, ReadOnlyMemory<byte> Data)> Read([EnumeratorCancellation] CancellationToken cancel)
    {
        var buffer = new byte[64 * 1024];
        byte? channel = null;
        while (true)
        {
            ValueWebSocketReceiveResult read;
            try
            {
                read = await socket.ReceiveAsync(buffer.AsMemory(), cancel);
            }
            catch (WebSocketException)
            {
                yield break;
            }
            if (read.MessageType == WebSocketMessageType.Close) yield break;
            var data = buffer.AsMemory(0, read.Count);
            if (channel is null && data.Length > 0)
            {
                channel = data.Span[0];
                data = data[1..];
            }
            if (channel is { } known && data.Length > 0) yield return (known, data);
            if (read.EndOfMessage) channel = null;
        }
    }

    public void Dispose()
    {
        turn.Dispose();
        socket.Dispose();
    }
}
