using System.Buffers.Binary;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using MiniKube.Machinery;

namespace MiniKube.Server.Streams;

/// <summary>
/// Port-forward as client libraries without SPDY do it: the ports come with the request, one connection for each. The nth one's data are on channel 2n,
/// its error on 2n+1; both begin with the port's number, two bytes, the lesser first.
/// </summary>
internal static class PortSocket
{
    // A channel has a byte for its name, in text a digit.
    private const int Most = 127;
    private const int MostInText = 5;

    private static readonly string[] Spoken = ["v4.channel.k8s.io", "v4.base64.channel.k8s.io"];

    public static async Task Run(HttpContext http, INodeDoor door, string ns, string name)
    {
        var spoken = SocketProtocol.Of(http, Spoken);
        // The server's name for it, and the node's.
        var ports = Ports([.. http.Request.Query["ports"], .. http.Request.Query["port"]], ChannelMessages.IsText(spoken.Name) ? MostInText : Most, out var wrong);
        if ((spoken.Fault ?? (wrong is null ? null : ApiError.BadRequest(wrong))) is { } refused)
        {
            await PodProcess.Refuse(http, refused);
            return;
        }
        using var socket = await spoken.Accept(http);
        using var messages = new ChannelMessages(socket, ChannelMessages.IsText(spoken.Name));
        using var life = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        var connected = ports.Select(_ => new TaskCompletionSource<Stream?>(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
        var up = Up(messages, connected, life);
        try
        {
            await Task.WhenAll(ports.Select((port, n) => Down(messages, (byte)(2 * n), port, connected[n], door, ns, name, life.Token)));
            await SocketProtocol.Finish(socket, life.Token);
            await Farewell.Wait(http, up, life.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException)
        {
            // The client is gone.
        }
        await life.CancelAsync();
        await up;
    }

    private static int[] Ports(IEnumerable<string?> given, int most, out string? fault)
    {
        var texts = given.SelectMany(g => (g ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)).ToArray();
        var ports = texts.Select(t => int.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536 ? port : 0).ToArray();
        fault = ports.Length == 0 ? "query parameter \"port\" is required"
            : Array.IndexOf(ports, 0) is >= 0 and var at ? $"port: unable to parse \"{texts[at]}\""
            : ports.Length > most ? $"at most {most} ports can be forwarded at once" : null;
        return ports;
    }

    private static async Task Down(ChannelMessages messages, byte channel, int port, TaskCompletionSource<Stream?> connected, INodeDoor door, string ns, string name, CancellationToken cancel)
    {
        var number = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(number, (ushort)port);
        await messages.Send(channel, number, cancel);
        await messages.Send((byte)(channel + 1), number, cancel);
        var (connection, refusal) = await door.Connect(ns, name, port, cancel);
        connected.TrySetResult(connection);
        if (connection is null)
        {
            await messages.Send((byte)(channel + 1), Encoding.UTF8.GetBytes($"error forwarding port {port} to pod {name}, uid : {refusal}"), cancel);
            return;
        }
        await using (connection)
        {
            var buffer = new byte[32 * 1024];
            try
            {
                while (await connection.ReadAsync(buffer, cancel) is > 0 and var read) await messages.Send(channel, buffer.AsMemory(0, read), cancel);
            }
            catch (IOException)
            {
                // The pod broke it off.
            }
        }
    }

    private static async Task Up(ChannelMessages messages, TaskCompletionSource<Stream?>[] connected, CancellationTokenSource life)
    {
        try
        {
            await foreach (var (channel, data) in messages.Read(life.Token))
            {
                if (channel % 2 != 0 || channel / 2 >= connected.Length || data.Length == 0) continue;
                if (await connected[channel / 2].Task.WaitAsync(life.Token) is { } connection) await Write(connection, data, life.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException or ObjectDisposedException)
        {
            // The client is gone.
        }
        await life.CancelAsync();
    }

    /// <summary>One port that is closed already is no reason to let go of the others.</summary>
    private static async Task Write(Stream connection, ReadOnlyMemory<byte> data, CancellationToken cancel)
    {
        try
        {
            await connection.WriteAsync(data, cancel);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
        }
    }
}
