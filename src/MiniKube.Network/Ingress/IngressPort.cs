using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace MiniKube.Network.Ingress;

/// <summary>One port of the host that ingresses are served on. Certificates are those of the routes of the moment; null serves without TLS.</summary>
public sealed class IngressPort(int port, Func<Routes> routes, Func<X509Certificate2>? otherwise, TimeProvider time, Action<string> complain)
{
    private readonly ConcurrentDictionary<HostCertificate, SslStreamCertificateContext?> certificates = [];

    /// <summary>Whether the port is ours just now.</summary>
    public bool Listening { get; private set; }

    /// <exception cref="IOException">Somebody else has the port.</exception>
    public async Task Run(IReadOnlyList<IPAddress> bind, CancellationToken cancel)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
            // How large and how slow bodies may be is for those to say who read them.
            (kestrel.Limits.MinResponseDataRate, kestrel.Limits.MinRequestBodyDataRate, kestrel.Limits.MaxRequestBodySize) = (null, null, null);
            foreach (var address in bind)
                kestrel.Listen(address, port, listen =>
                {
                    listen.Protocols = otherwise is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
                    if (otherwise is not null) listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = hello => ValueTask.FromResult(Secure(hello.ClientHelloInfo.ServerName)) });
                });
        });
        using var proxy = new IngressProxy(routes);
        await using var web = builder.Build();
        web.Run(proxy.Serve);
        await web.StartAsync(cancel);
        Listening = true;
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            Listening = false;
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await web.StopAsync(patience.Token);
        }
    }

    private SslServerAuthenticationOptions Secure(string? host)
    {
        var options = new SslServerAuthenticationOptions { ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] };
        if (routes().CertificateFor(host) is { } known && certificates.GetOrAdd(known, Read) is { } context) options.ServerCertificateContext = context;
        else options.ServerCertificate = otherwise!();
        return options;
    }

    private SslStreamCertificateContext? Read(HostCertificate known)
    {
        // Old versions of a secret are not needed for ever.
        if (certificates.Count > 1000) certificates.Clear();
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(Encoding.ASCII.GetString(known.Certificate));
            var leaf = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(known.Certificate), Encoding.ASCII.GetString(known.Key));
            return SslStreamCertificateContext.Create(leaf, [.. chain.Skip(1)], offline: true);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            complain($"ingress: secret {known.Secret} holds no certificate that can be used: {e.Message}");
            return null;
        }
    }
}
