using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using MiniKube.Machinery;

namespace MiniKube.Server.Streams;

/// <summary>
/// pods/proxy and services/proxy: any request to a pod's own address. A service leads to one of its ready endpoints that
/// is a pod of the same namespace with that very address; addresses of this machine, of the link and of nobody are refused,
/// whoever wrote them into a status.
/// </summary>
internal static class AddressProxy
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static ValueTask<ApiResponse> ToPod(ServerContext server, Kind kind, ApiRequest request)
    {
        var (scheme, name, port) = Parse(request.Info.Name);
        if (server.Peek("pods", request.Info.Namespace, name) is not { } pod) return Answer(ApiError.NotFound("", "pods", name));
        var address = pod.Map("status")?.Text("podIP") ?? "";
        var number = port.Length > 0 ? Number(port) : FirstPort(pod) ?? (scheme == "https" ? 443 : 80);
        if (number is null) return Answer(ApiError.BadRequest($"invalid port \"{port}\""));
        if (address.Length == 0) return Answer(ApiError.BadRequest("pod has no IP address"));
        return Answer(To(scheme, address, number.Value, request));
    }

    public static ValueTask<ApiResponse> ToService(ServerContext server, Kind kind, ApiRequest request)
    {
        var (ns, (scheme, name, port)) = (request.Info.Namespace, Parse(request.Info.Name));
        if (server.Peek("services", ns, name) is not { } service) return Answer(ApiError.NotFound("", "services", name));
        var wanted = port;
        if (Number(port) is { } number)
        {
            var declared = (service.Map("spec")?.List("ports") ?? []).Maps().FirstOrDefault(p => p.Whole("port") == number);
            if (declared is null) return Answer(new ApiError(503, "ServiceUnavailable", $"no service port {number} found for service \"{name}\""));
            wanted = declared.Text("name") ?? "";
        }
        var ready = ServiceEndpoints.Ready(server, ns, name, wanted).Where(e => IsPods(server, ns, e.Target, e.Address)).ToList();
        if (ready.Count == 0) return Answer(new ApiError(503, "ServiceUnavailable", $"no endpoints available for service \"{request.Info.Name}\""));
        var (address, target, _) = ready[System.Security.Cryptography.RandomNumberGenerator.GetInt32(ready.Count)];
        return Answer(To(scheme, address, target, request));
    }

    /// <summary>Whether a request may be sent to that address from here.</summary>
    public static bool Allowed(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)) return false;
        if (address.AddressFamily == AddressFamily.InterNetworkV6) return !address.IsIPv6LinkLocal && !address.IsIPv6Multicast;
        var bytes = address.GetAddressBytes();
        return bytes[0] is not (0 or 127 or >= 224) && (bytes[0], bytes[1]) != (169, 254);
    }

    private static ApiResponse To(string scheme, string address, int port, ApiRequest request)
    {
        if (!IPAddress.TryParse(address, out var ip) || !Allowed(ip)) return ApiError.BadRequest("address not allowed");
        return new ApiResponse.Takeover(async http =>
        {
            using var client = new HttpMessageInvoker(new SocketsHttpHandler
            {
                AllowAutoRedirect = false, UseProxy = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None, ConnectTimeout = Patience,
                ConnectCallback = (_, cancel) => Dial(scheme, new IPEndPoint(ip, port), cancel),
            });
            await Forwarding.Run(http, client, request);
        });
    }

    private static async ValueTask<Stream> Dial(string scheme, IPEndPoint to, CancellationToken cancel)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(to, cancel);
            var plain = new NetworkStream(socket, ownsSocket: true);
            if (scheme != "https") return plain;
#pragma warning disable CA5359 // A pod's certificate is its own: there is nobody who could vouch for it.
            var tls = new SslStream(plain, leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = to.Address.ToString() }, cancel);
            return tls;
        }
        catch (Exception e) when (e is SocketException or System.Security.Authentication.AuthenticationException)
        {
            socket.Dispose();
            throw new IOException($"dial tcp {to}: {e.Message}", e);
        }
    }

    private static bool IsPods(ServerContext server, string ns, JsonMap? target, string address) =>
        target?.Text("kind") == "Pod" && (target.Text("namespace") ?? ns) == ns && server.Peek("pods", ns, target.Text("name") ?? "")?.Map("status") is { } status
        && (status.Text("podIP") == address || (status.List("podIPs") ?? []).Maps().Any(i => i.Text("ip") == address));

    private static int? FirstPort(JsonMap pod) =>
        (pod.Map("spec")?.List("containers") ?? []).Maps().SelectMany(c => (c.List("ports") ?? []).Maps()).Select(p => (int?)p.Whole("containerPort")).FirstOrDefault(p => p is not null);

    /// <summary>"NAME", "NAME:PORT" and "SCHEME:NAME:PORT".</summary>
    private static (string Scheme, string Name, string Port) Parse(string id) => id.Split(':') switch
    {
        [var name] => ("http", name, ""),
        [var name, var port] => ("http", name, port),
        [var scheme, var name, var port] => (scheme.Length == 0 ? "http" : scheme, name, port),
        _ => ("http", id, ""),
    };

    private static int? Number(string port) => int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 65536 ? number : null;

    private static ValueTask<ApiResponse> Answer(ApiResponse response) => ValueTask.FromResult(response);
}
