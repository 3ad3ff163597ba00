using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MiniKube.Server.Pki;

namespace MiniKube.Server.Streams;

/// <summary>HTTP to nodes' own ports, under the server's name. The connections are encrypted by the time HTTP gets them.</summary>
internal sealed class NodeClients(NodeDoors doors, Func<X509Certificate2> own, Func<IReadOnlyList<X509Certificate2>> authorities)
{
    private readonly ConcurrentDictionary<string, HttpMessageInvoker> clients = new(StringComparer.Ordinal);

    public IEnumerable<string> Connected => doors.Names;

    /// <summary>Null for a node that isn't connected.</summary>
    public HttpMessageInvoker? Of(string node) => doors.Of(node) is null ? null : clients.GetOrAdd(node, Client);

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
