using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace MiniKube.Server.Streams;

/// <summary>
/// The end of a connection whose last byte has been written: the client closes it. Whoever reads slowly has what the kernels hold between still before
/// him, and closing first would take it away; whoever has got everything and doesn't close is left after a moment.
/// </summary>
internal static class Farewell
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);

    public static async Task Wait(HttpContext http, Task closed, CancellationToken cancel)
    {
        var idle = 0;
        while (idle < 2 && await Task.WhenAny(closed, Task.Delay(Moment, cancel)) != closed && !cancel.IsCancellationRequested)
            idle = Underway(http) ? 0 : idle + 1;
    }

    /// <summary>Whether the client's kernel hasn't confirmed everything yet.</summary>
    private static bool Underway(HttpContext http)
    {
        const int tcp = 6, info = 11, unacknowledged = 24, unsent = 144;
        if (!OperatingSystem.IsLinux() || http.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket) return false;
        try
        {
            Span<byte> state = stackalloc byte[256];
            var size = socket.GetRawSocketOption(tcp, info, state);
            return Has(state[..size], unacknowledged) || Has(state[..size], unsent);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private static bool Has(ReadOnlySpan<byte> state, int offset) => state.Length >= offset + 4 && BitConverter.ToUInt32(state[offset..]) > 0;
}
