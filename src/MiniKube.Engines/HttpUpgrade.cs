using System.Globalization;
using System.Net.Sockets;
using System.Text;
using MiniKube.Kubelet;

namespace MiniKube.Engines;

/// <summary>A request after which the connection speaks something else.</summary>
internal static class HttpUpgrade
{
    private const int LongestHead = 16 * 1024;

    /// <summary>The answer's status, and what came behind its head: of a refusal, the JSON or the words of its body.</summary>
    public static async Task<(int Status, byte[] Early)> Ask(Socket socket, string head, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        await Send(socket, Encoding.ASCII.GetBytes(head), cancel);
        await Send(socket, body, cancel);
        var buffer = new byte[LongestHead];
        var length = 0;
        int end;
        while ((end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (length == buffer.Length) throw new EngineException("the engine answered with a header that is too long");
            var read = await socket.ReceiveAsync(buffer.AsMemory(length), cancel);
            if (read == 0) throw new EngineException("the engine closed the connection", EngineFault.Unreachable);
            length += read;
        }
        var line = Encoding.ASCII.GetString(buffer, 0, buffer.AsSpan(0, length).IndexOf("\r\n"u8));
        var status = int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
        var early = buffer[(end + 4)..length];
        if (status is 101 or 200) return (status, early);
        var text = Encoding.UTF8.GetString(early);
        if (!text.Contains('{') && await socket.ReceiveAsync(buffer, cancel) is > 0 and var more) text += Encoding.UTF8.GetString(buffer, 0, more);
        var (from, to) = (text.IndexOf('{'), text.LastIndexOf('}'));
        return (status, Encoding.UTF8.GetBytes(from >= 0 && to > from ? text[from..(to + 1)] : text));
    }

    private static async Task Send(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        while (bytes.Length > 0) bytes = bytes[await socket.SendAsync(bytes, cancel)..];
    }
}
