using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using MiniKube.Machinery;

namespace MiniKube.Scheduler.Tests;

/// <summary>An extender on a loopback port: answers each verb as the test says and remembers what it was asked.</summary>
internal sealed class ExtenderServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private ExtenderServer(WebApplication app) => this.app = app;

    public Dictionary<string, Func<JsonMap, Json>> Answers { get; } = [];
    public ConcurrentQueue<(string Verb, JsonMap Question)> Asked { get; } = new();
    public string Url => app.Urls.Single();

    /// <summary>The certificate that it shows, as base64 of PEM.</summary>
    public string? Authority { get; private init; }

    public static async Task<ExtenderServer> Start(bool secure = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        using var certificate = secure ? SelfSigned() : null;
        var pair = certificate is null ? null : X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l =>
        {
            if (pair is not null) l.UseHttps(pair);
        }));
        builder.WebHost.UseKestrelHttpsConfiguration();
        var pem = certificate?.ExportCertificatePem() ?? "";
        var server = new ExtenderServer(builder.Build()) { Authority = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(pem)) };
        server.app.MapPost("/api/{verb}", server.Answer);
        await server.app.StartAsync();
        return server;
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=extender", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("extender.test");
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task Answer(HttpContext context)
    {
        var verb = (string)context.Request.RouteValues["verb"]!;
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var question = JsonReader.ReadMap(body.ToArray());
        Asked.Enqueue((verb, question));
        if (Answers.TryGetValue(verb, out var answer)) await context.Response.Body.WriteAsync(JsonWriter.ToUtf8(answer(question)));
        else context.Response.StatusCode = 500;
    }
}
