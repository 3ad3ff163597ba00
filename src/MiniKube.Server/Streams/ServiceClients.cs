using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Server.Streams;

/// <summary>
/// HTTPS to servers that objects name: webhooks, converters, servers of aggregated groups. NAME.NAMESPACE.svc leads to one of the
/// service's ready endpoints: the server needs neither the cluster's names nor its proxy.
/// </summary>
internal static class ServiceClients
{
    public static string UrlOf(JsonMap client)
    {
        if (client.Map("service") is not { } service) return client.Text("url") ?? "";
        var port = service.Whole("port") ?? 443;
        return $"https://{HostOf(service.Text("namespace") ?? "", service.Text("name") ?? "")}:{port}/{(service.Text("path") ?? "").TrimStart('/')}";
    }

    public static string HostOf(string ns, string name) => $"{name}.{ns}.svc";

    /// <summary>Believing the authorities of the bundle, or anybody; showing a certificate of our own where there is one to show.</summary>
    public static HttpMessageInvoker Of(ServerContext server, string caBundle, bool insecure = false, Func<X509Certificate2>? own = null, HeaderEncodingSelector<HttpRequestMessage>? encoding = null)
    {
        var trusted = new X509Certificate2Collection();
        if (caBundle.Length > 0) trusted.ImportFromPem(Encoding.ASCII.GetString(Convert.FromBase64String(caBundle)));
        return new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseProxy = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30), PooledConnectionLifetime = TimeSpan.FromMinutes(1), RequestHeaderEncodingSelector = encoding,
            ConnectCallback = (context, cancel) => Dial(server, context.DnsEndPoint, cancel),
            SslOptions = new SslClientAuthenticationOptions
            {
                LocalCertificateSelectionCallback = own is null ? null : (_, _, _, _, _) => own(),
                RemoteCertificateValidationCallback = (_, certificate, _, faults) => insecure || faults == SslPolicyErrors.None
                    || faults == SslPolicyErrors.RemoteCertificateChainErrors && trusted.Count > 0 && certificate is X509Certificate2 shown && Vouched(shown, trusted),
            },
        });
    }

    private static bool Vouched(X509Certificate2 shown, X509Certificate2Collection trusted)
    {
        using var chain = new X509Chain { ChainPolicy = { RevocationMode = X509RevocationMode.NoCheck, TrustMode = X509ChainTrustMode.CustomRootTrust } };
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        return chain.Build(shown);
    }

    private static async ValueTask<Stream> Dial(ServerContext server, DnsEndPoint to, CancellationToken cancel)
    {
        EndPoint target = to;
        if (to.Host.Split('.') is [var name, var ns, "svc"]) target = EndpointOf(server, ns, name, to.Port);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(target, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"dial tcp {target}: {e.Message}", e);
        }
    }

    private static EndPoint EndpointOf(ServerContext server, string ns, string name, int port)
    {
        var service = server.Peek("services", ns, name) ?? throw new IOException($"service \"{name}\" not found");
        var spec = service.Map("spec") ?? [];
        if (spec.Text("type") == "ExternalName") return new DnsEndPoint(spec.Text("externalName") ?? "", port);
        var declared = (spec.List("ports") ?? []).Maps().FirstOrDefault(p => p.Whole("port") == port) ?? throw new IOException($"no service port {port} found for service \"{name}\"");
        var ready = ServiceEndpoints.Ready(server, ns, name, declared.Text("name") ?? "").ToList();
        if (ready.Count == 0) throw new IOException($"no endpoints available for service \"{name}\"");
        var (address, at, _) = ready[RandomNumberGenerator.GetInt32(ready.Count)];
        return new IPEndPoint(IPAddress.Parse(address), at);
    }
}
