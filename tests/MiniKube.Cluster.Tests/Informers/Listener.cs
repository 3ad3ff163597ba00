using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using MiniKube.ControlLoop;
using MiniKube.TestKit;

namespace MiniKube.Cluster.Tests;

/// <summary>The server of a cluster on a socket, with the cluster's own certificates; it may go away and come back at the same port.</summary>
internal sealed class Listener(TestCluster cluster) : IAsyncDisposable
{
    private WebApplication? web;

    public int Port { get; private set; }

    public Uri Address => new($"https://127.0.0.1:{Port}");

    public async Task Start()
    {
        if (Port == 0) Port = FreePort.Next();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, Port, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
#pragma warning disable CA5359 // It is clients' certificates that are looked at later.
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = cluster.Pki.ServingChain, ClientCertificateRequired = true,
                    RemoteCertificateValidationCallback = (_, _, _, _) => true, CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                }),
            });
#pragma warning restore CA5359
        }));
        web = builder.Build();
        web.Run(cluster.Server.Front.Serve);
        await web.StartAsync();
    }

    /// <summary>At once, whatever is going on on its connections.</summary>
    public async Task Stop()
    {
        if (web is null) return;
        await web.StopAsync(new CancellationToken(canceled: true));
        await web.DisposeAsync();
        web = null;
    }

    public HttpApi Client(X509Certificate2? certificate = null, X509Certificate2? authority = null, Uri? through = null, TimeSpan? silenceLimit = null) => new(new(through ?? Address)
    {
        Authorities = [authority ?? cluster.Pki.Authority],
        ClientCertificate = certificate ?? cluster.Pki.Client("admin", "system:admin", "system:masters"),
        SilenceLimit = silenceLimit ?? TimeSpan.FromSeconds(15),
    });

    public async ValueTask DisposeAsync() => await Stop();
}
