using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using MiniKube.Machinery;
using MiniKube.Server.Pki;

namespace MiniKube.Server.Tests.Security;

/// <summary>An OpenID issuer as small as can be: discovery and keys over HTTPS, tokens on demand.</summary>
internal sealed class TestIssuer : IAsyncDisposable
{
    private readonly WebApplication web;
    private readonly Dictionary<string, AsymmetricAlgorithm> keys = [];

    private TestIssuer(WebApplication web, string url, string caFile) => (this.web, Url, CaFile) = (web, url, caFile);

    public string Url { get; }
    public string CaFile { get; }
    public int Asked { get; private set; }
    public bool Down { get; set; }

    public static async Task<TestIssuer> Start()
    {
        var authority = CertificateMaker.Authority("issuer-ca", TimeProvider.System.GetUtcNow());
        var serving = CertificateMaker.Issue(authority, new CertificateSpec("issuer") { Addresses = [IPAddress.Loopback], ForServer = true }, TimeProvider.System.GetUtcNow());
        var caFile = Path.Combine(Directory.CreateTempSubdirectory("minik-test-").FullName, "ca.crt");
        await File.WriteAllTextAsync(caFile, authority.ExportCertificatePem());
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.UseHttps(serving)));
        var web = builder.Build();
        TestIssuer issuer = null!;
        web.Run(http => issuer.Serve(http));
        await web.StartAsync();
        var port = new Uri(((IServer)web.Services.GetService(typeof(IServer))!).Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        return issuer = new TestIssuer(web, $"https://127.0.0.1:{port}", caFile);
    }

    public AsymmetricAlgorithm Add(string id, AsymmetricAlgorithm key) => keys[id] = key;

    public void Remove(string id) => keys.Remove(id);

    public static string Token(AsymmetricAlgorithm key, string algorithm, string? id, JsonMap claims)
    {
        var header = new JsonMap { { "alg", algorithm } };
        if (id is not null) header.Add("kid", id);
        var signed = $"{Encode(JsonWriter.ToUtf8(header))}.{Encode(JsonWriter.ToUtf8(claims))}";
        var bytes = Encoding.ASCII.GetBytes(signed);
        var hash = new HashAlgorithmName("SHA" + algorithm[2..]);
        var signature = key is RSA rsa ? rsa.SignData(bytes, hash, algorithm.StartsWith("PS", StringComparison.Ordinal) ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1)
            : ((ECDsa)key).SignData(bytes, hash);
        return $"{signed}.{Encode(signature)}";
    }

    public static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private async Task Serve(HttpContext http)
    {
        Asked++;
        if (Down)
        {
            http.Response.StatusCode = 503;
            return;
        }
        await http.Response.WriteAsync((http.Request.Path.Value switch
        {
            "/.well-known/openid-configuration" or "/elsewhere" => new JsonMap { { "issuer", Url }, { "jwks_uri", Url + "/keys" } },
            _ => new JsonMap { { "keys", JsonList.Of([.. keys.Select(k => Published(k.Key, k.Value))]) } },
        }).ToString());
    }

    private static JsonMap Published(string id, AsymmetricAlgorithm key)
    {
        if (key is RSA rsa)
        {
            var open = rsa.ExportParameters(false);
            return new JsonMap { { "kty", "RSA" }, { "use", "sig" }, { "kid", id }, { "n", Encode(open.Modulus!) }, { "e", Encode(open.Exponent!) } };
        }
        var point = ((ECDsa)key).ExportParameters(false).Q;
        return new JsonMap { { "kty", "EC" }, { "use", "sig" }, { "kid", id }, { "crv", $"P-{key.KeySize}" }, { "x", Encode(point.X!) }, { "y", Encode(point.Y!) } };
    }

    public async ValueTask DisposeAsync()
    {
        await web.StopAsync();
        await web.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(CaFile)!, recursive: true);
    }
}
