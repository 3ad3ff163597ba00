using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using MiniKube.Kinds.Core;

namespace MiniKube.Kubelet.Probes;

/// <summary>
/// One GET on a connection of its own, by hand: a node asks fifty of these a second, and nothing of what a general client keeps
/// ready (pools, cookies, proxies, decompression) has any use here.
/// </summary>
internal static class HttpProbe
{
    private const int MostHead = 32 * 1024;
    private const int MostBody = 10 * 1024;
    private const int MostRedirects = 10;

    public static Uri Url(HTTPGetAction get, int port, string podIP)
    {
        var host = get.Host is { Length: > 0 } given ? given : podIP;
        if (IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6) host = $"[{host}]";
        var path = get.Path is { Length: > 0 } p ? p : "/";
        return new($"{(get.Scheme == "HTTPS" ? "https" : "http")}://{host}:{port}{(path.StartsWith('/') ? "" : "/")}{path}");
    }

    /// <summary>Redirects to the same host are followed; one to another host ends the matter well, but is worth a word.</summary>
    public static Task<ProbeAnswer> Get(Uri url, IReadOnlyList<HTTPHeader> headers, string agent, CancellationToken cancel) =>
        Get(url, at => Once(at, headers, agent, cancel));

    /// <summary>The same on the probes' own thread; null where that takes more than a connection to an address.</summary>
    public static Task<ProbeAnswer>? Get(Uri url, IReadOnlyList<HTTPHeader> headers, string agent, ProbeLoop loop, Func<TimeSpan> left, CancellationToken cancel) =>
        url.Scheme != "http" || !IPAddress.TryParse(url.Host, out _) ? null : Get(url, async at =>
        {
            // A redirect within the host may leave plain HTTP.
            if (at.Scheme != "http")
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                limit.CancelAfter(left() is var rest && rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
                return await Task.Run(() => Once(at, headers, agent, limit.Token), limit.Token);
            }
            using var socket = await ProbeSocket.Dial(loop, new(IPAddress.Parse(at.Host), at.Port), left, cancel);
            await socket.Send(Encoding.UTF8.GetBytes(Request(at, headers, agent)), cancel);
            return await Answer(memory => socket.Receive(memory, cancel));
        });

    private static async Task<ProbeAnswer> Get(Uri url, Func<Uri, Task<(int Status, string? Location, string Body)>> ask)
    {
        var at = url;
        for (var redirects = 0; ; redirects++)
        {
            int status;
            string? location;
            string body;
            try
            {
                (status, location, body) = await ask(at);
            }
            catch (Exception e) when (e is SocketException or IOException or AuthenticationException or FormatException)
            {
                return new(false, $"Get \"{Text(at)}\": {Why(e, at)}");
            }
            if (status is >= 200 and < 300) return new(true, body);
            if (status is not (>= 300 and < 400)) return new(false, $"HTTP probe failed with statuscode: {status}");
            if (status is not (301 or 302 or 303 or 307 or 308) || location is null || !Uri.TryCreate(at, location, out var next)) return Ended(body);
            if (next.Scheme is not ("http" or "https") || next.Host != url.Host) return Ended(body);
            if (redirects + 1 >= MostRedirects) return new(false, $"Get \"{Text(next)}\": stopped after {MostRedirects} redirects");
            at = next;
        }
    }

    /// <summary>With the port, even where everybody knows it.</summary>
    public static string Text(Uri url) => $"{url.Scheme}://{url.Host}:{url.Port}{url.PathAndQuery}";

    private static ProbeAnswer Ended(string body) => new(true, $"Probe terminated redirects, Response body: {body}") { Doubtful = true };

    /// <summary>As it goes over the wire. What the probe names itself takes the place of what is always sent; an empty value takes it away.</summary>
    internal static string Request(Uri url, IReadOnlyList<HTTPHeader> headers, string agent)
    {
        string? Given(string name) => headers.FirstOrDefault(h => h.Name!.Equals(name, StringComparison.OrdinalIgnoreCase))?.Value;
        var text = new StringBuilder("GET ").Append(url.PathAndQuery).Append(" HTTP/1.1\r\nHost: ").Append(Given("Host") is { Length: > 0 } host ? host : $"{url.Host}:{url.Port}").Append("\r\n");
        foreach (var (name, usual) in ((string, string)[])[("User-Agent", agent), ("Accept", "*/*")])
            if ((Given(name) ?? usual) is { Length: > 0 } value) text.Append(name).Append(": ").Append(value).Append("\r\n");
        text.Append("Connection: close\r\n");
        foreach (var header in headers)
            if (header.Name!.ToLowerInvariant() is not ("host" or "user-agent" or "accept" or "connection")) text.Append(header.Name).Append(": ").Append(header.Value).Append("\r\n");
        return text.Append("\r\n").ToString();
    }

    private static async Task<(int Status, string? Location, string Body)> Once(Uri url, IReadOnlyList<HTTPHeader> headers, string agent, CancellationToken cancel)
    {
        using var socket = await Dialed(url.IdnHost, url.Port, cancel);
        if (url.Scheme == "http")
        {
            var request = Encoding.UTF8.GetBytes(Request(url, headers, agent));
            await socket.SendAsync(request, cancel);
            return await Answer(memory => socket.ReceiveAsync(memory, cancel));
        }
        // Whether a certificate is trusted is not what a probe asks.
#pragma warning disable CA5359
        await using var tls = new SslStream(new NetworkStream(socket, ownsSocket: false), false, static (_, _, _, _) => true);
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = IPAddress.TryParse(url.Host, out _) ? "" : url.IdnHost }, cancel);
        await tls.WriteAsync(Encoding.UTF8.GetBytes(Request(url, headers, agent)), cancel);
        return await Answer(memory => tls.ReadAsync(memory, cancel));
    }

    private static async Task<(int Status, string? Location, string Body)> Answer(Func<Memory<byte>, ValueTask<int>> receive)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MostHead + MostBody);
        try
        {
            var have = 0;
            HttpAnswer? head = null;
            while (head is null)
            {
                if (have == buffer.Length) throw new IOException("server response headers are too long");
                var came = await receive(buffer.AsMemory(have));
                if (came == 0) throw new EndOfStreamException(have == 0 ? "EOF" : "unexpected EOF");
                have += came;
                head = HttpAnswer.Read(buffer.AsSpan(0, have));
            }
            var answer = head.Value;
            while (!answer.IsWhole(buffer.AsSpan(0, have)) && have - answer.HeadBytes < MostBody && await receive(buffer.AsMemory(have)) is > 0 and var more) have += more;
            // Nobody reads what a probe that went well was told.
            if (answer.Status is < 300 or >= 400) return (answer.Status, null, "");
            return (answer.Status, answer.Location, Encoding.UTF8.GetString(buffer, answer.HeadBytes, Math.Min(have - answer.HeadBytes, MostBody)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public static async Task<Socket> Dialed(string host, int port, CancellationToken cancel)
    {
        var address = IPAddress.TryParse(host, out var given) ? given : null;
        var socket = address is null ? new Socket(SocketType.Stream, ProtocolType.Tcp) : new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address is null) await socket.ConnectAsync(host, port, cancel);
            else await socket.ConnectAsync(new IPEndPoint(address, port), cancel);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"dial tcp {host}:{port}: {Why(e)}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string Why(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connect: connection refused",
        SocketError.HostUnreachable => "connect: no route to host",
        SocketError.NetworkUnreachable => "connect: network is unreachable",
        SocketError.TimedOut => "connect: connection timed out",
        SocketError.HostNotFound or SocketError.NoData => "lookup: no such host",
        _ => e.Message,
    };

    private static string Why(Exception e, Uri url) => e switch
    {
        FormatException => $"net/http: HTTP/1.x transport connection broken: malformed HTTP response \"{e.Message}\"",
        SocketException { SocketErrorCode: SocketError.ConnectionReset } or IOException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionReset } } => $"read tcp {url.Host}:{url.Port}: read: connection reset by peer",
        AuthenticationException or IOException { InnerException: AuthenticationException } => $"remote error: tls: {e.Message}",
        _ => e.Message,
    };
}
