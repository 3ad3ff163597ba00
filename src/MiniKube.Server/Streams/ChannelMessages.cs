using System.Buffers;
using System.Buffers.Text;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;

namespace MiniKube.Server.Streams;

/// <summary>Several streams in one WebSocket: the first byte of a message names the channel. For clients that can't read binary messages all is text, in base64.</summary>
internal sealed class ChannelMessages(WebSocket socket, bool text) : IDisposable
{
    private const int LargestPiece = 64 * 1024;

    private readonly SemaphoreSlim turn = new(1, 1);

    public static bool IsText(string? protocol) => protocol?.Contains("base64", StringComparison.Ordinal) == true;

    public async Task Send(byte channel, ReadOnlyMemory<byte> data, CancellationToken cancel)
    {
        var message = ArrayPool<byte>.Shared.Rent(1 + Base64.GetMaxEncodedToUtf8Length(data.Length));
        try
        {
            var size = data.Length;
            message[0] = text ? (byte)('0' + channel) : channel;
            if (text) Base64.EncodeToUtf8(data.Span, message.AsSpan(1), out _, out size);
            else data.Span.CopyTo(message.AsSpan(1));
            await turn.WaitAsync(cancel);
            try
            {
                await socket.SendAsync(message.AsMemory(0, 1 + size), text ? WebSocketMessageType.Text : WebSocketMessageType.Binary, endOfMessage: true, cancel);
            }
            finally
            {
                turn.Release();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(message);
        }
    }

    /// <summary>What the client sends until it closes, in pieces as they come: a message may be as long as it likes. A piece is good until the next one is asked for.</summary>
    public async IAsyncEnumerable<(byte Channel, ReadOnlyMemory<byte> Data)> Read([EnumeratorCancellation] CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(1 + LargestPiece);
        try
        {
            while (true)
            {
                // Enough of it to know the channel and, in text, to end at a whole group of four; small ones as a whole.
                var (length, part) = await Fill(buffer, 0, cancel);
                if (part.MessageType == WebSocketMessageType.Close) yield break;
                if (length == 0) continue;
                var channel = text ? (byte)(buffer[0] - '0') : buffer[0];
                while (true)
                {
                    var size = length - 1;
                    if (text) Base64.DecodeFromUtf8InPlace(buffer.AsSpan(1, size), out size);
                    yield return (channel, buffer.AsMemory(1, size));
                    if (part.EndOfMessage) break;
                    (length, part) = await Fill(buffer, 1, cancel);
                    if (part.MessageType == WebSocketMessageType.Close) yield break;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void Dispose() => turn.Dispose();

    private async Task<(int Length, ValueWebSocketReceiveResult Last)> Fill(byte[] buffer, int length, CancellationToken cancel)
    {
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(length, 1 + LargestPiece - length), cancel);
            length += part.Count;
            if (part.EndOfMessage || length > LargestPiece || part.MessageType == WebSocketMessageType.Close) return (length, part);
        }
    }
}
