using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MiniKube.Machinery;
using MiniKube.Server.Pki;

namespace MiniKube.Server.Streams;

/// <summary>nodes/proxy: any request, upgrades included, to the node's own port, under the server's name instead of the client's.</summary>
internal sealed class NodeProxy(NodeDoors doors, Func<X509Certificate2> own, Func<IReadOnlyList<X509Certificate2>> authorities)
{
    private readonly ConcurrentDictionary<string, HttpMessageInvoker> clients = new(StringComparer.Ordinal);

    public ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        // "NAME", "NAME:PORT" and "https:NAME:PORT" are all allowed; a node has one port.
        var parts = request.Info.Name.Split(':');
        var name = parts.Length > 1 && parts[0] is "http" or "https" ? parts[1] : parts[0];
        if (server.Peek("nodes", "", name) is null) return ValueTask.FromResult<ApiResponse>(ApiError.NotFound("", "nodes", name));
        if (doors.Of(name) is null) return ValueTask.FromResult<ApiResponse>(Forwarding.Unreachable($"node \"{name}\" is not connected"));
        var client = clients.GetOrAdd(name, Client);
        return ValueTask.FromResult<ApiResponse>(new ApiResponse.Takeover(http => Forwarding.Run(http, client, request)));
    }

    private HttpMessageInvoker Client(string node) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false, UseProxy = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        ConnectCallback = async (_, cancel) =>
        {
            var raw = await (doors.Of(node) ?? throw new IOException($"node \"{node}\" is not connected")).Dial(cancel);
            var tls = new SslStream(raw);
            try
            {
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
                {
                    TargetHost = node, ClientCertificates = [own()],
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is X509Certificate2 shown && CertificateChecks.SignedBy(shown, authorities()),
                }, cancel);
            }
            catch (AuthenticationException e)
            {
                await tls.DisposeAsync();
                throw new IOException(e.Message, e);
            }
            return tls;
        },
    });
}
