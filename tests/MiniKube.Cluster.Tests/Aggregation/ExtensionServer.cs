using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using MiniKube.Machinery;

namespace MiniKube.Cluster.Tests.Aggregation;

/// <summary>A server of the group wardle.example.com/v1 with flunders in namespaces, on a port and with a certificate of its own.</summary>
internal sealed class ExtensionServer : IAsyncDisposable
{
    public const string Path = "/apis/wardle.example.com/v1";

    private readonly WebApplication app;
    private readonly X509Certificate2 certificate;
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, JsonMap> flunders = new(StringComparer.Ordinal);
    private readonly List<Channel<string>> watchers = [];
    private int revision = 100;

    private ExtensionServer(WebApplication app, X509Certificate2 certificate) => (this.app, this.certificate) = (app, certificate);

    /// <summary>Who asked, by path: what headers and certificate said.</summary>
    public ConcurrentQueue<(string Method, string Path, string User, string[] Groups, string Extra, X509Certificate2? Certificate)> Asked { get; } = [];

    /// <summary>What it answers at other paths.</summary>
    public ConcurrentDictionary<string, string> Pages { get; } = new();

    public bool Broken { get; set; }
    public int Port { get; private set; }
    public string Bundle => Convert.ToBase64String(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()));

    public int Count
    {
        get
        {
            lock (gate) return flunders.Count;
        }
    }

    public static async Task<ExtensionServer> Start(string serviceHost)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var certificate = SelfSigned(serviceHost);
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.UseHttps(https =>
        {
            (https.ServerCertificate, https.ClientCertificateMode) = (certificate, ClientCertificateMode.AllowCertificate);
            https.AllowAnyClientCertificate();
        })));
        var server = new ExtensionServer(builder.Build(), certificate);
        server.app.UseWebSockets();
        server.app.Run(server.Serve);
        await server.app.StartAsync();
        server.Port = new Uri(server.app.Urls.Single()).Port;
        return server;
    }

    private async Task Serve(HttpContext http)
    {
        var (method, path) = (http.Request.Method, http.Request.Path.Value!);
        var headers = http.Request.Headers;
        var extra = string.Join(';', headers.Where(h => h.Key.StartsWith("X-Remote-Extra-", StringComparison.OrdinalIgnoreCase)).Select(h => $"{Uri.UnescapeDataString(h.Key[15..])}={string.Join('|', (IEnumerable<string?>)h.Value)}").Order(StringComparer.Ordinal));
        Asked.Enqueue((method, path + http.Request.QueryString, headers["X-Remote-User"].ToString(), [.. headers["X-Remote-Group"].OfType<string>()], extra, http.Connection.ClientCertificate));
        if (Broken)
        {
            http.Response.StatusCode = 500;
            return;
        }
        if (http.WebSockets.IsWebSocketRequest)
        {
            using var socket = await http.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[1000];
            var got = await socket.ReceiveAsync(buffer, http.RequestAborted);
            await socket.SendAsync(buffer.AsMemory(0, got.Count), got.MessageType, true, http.RequestAborted);
            await socket.CloseAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, null, http.RequestAborted);
            return;
        }
        if (Pages.TryGetValue(path, out var page))
        {
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync(page);
            return;
        }
        string[] parts = path.StartsWith(Path, StringComparison.Ordinal) ? path[Path.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries) : ["?"];
        switch (method, parts)
        {
            case ("GET", []):
                await Answer(http, 200, JsonReader.ParseMap("""
                    {"kind":"APIResourceList","apiVersion":"v1","groupVersion":"wardle.example.com/v1","resources":[
                      {"name":"flunders","singularName":"flunder","namespaced":true,"kind":"Flunder","verbs":["create","delete","get","list","patch","update","watch"],"shortNames":["fl"]},
                      {"name":"flunders/status","singularName":"","namespaced":true,"kind":"Flunder","verbs":["get","update"]}]}
                    """));
                break;
            case ("GET", ["flunders"] or ["namespaces", _, "flunders"]) when http.Request.Query["watch"] == "true":
                await Watch(http);
                break;
            case ("GET", ["flunders"] or ["namespaces", _, "flunders"]):
                await Answer(http, 200, List(parts.Length == 3 ? parts[1] : null));
                break;
            case ("POST", ["namespaces", var ns, "flunders"]):
                using (var body = new MemoryStream())
                {
                    await http.Request.Body.CopyToAsync(body);
                    await Answer(http, 201, Add(ns, JsonReader.ReadMap(body.ToArray())));
                }
                break;
            case ("GET", ["namespaces", var ns, "flunders", var name]) when Find(ns, name) is { } found:
                await Answer(http, 200, found);
                break;
            case ("DELETE", ["namespaces", var ns, "flunders", var name]) when Remove(ns, name) is { } gone:
                await Answer(http, 200, gone);
                break;
            default:
                await Answer(http, 404, ApiError.NotFound("wardle.example.com", "flunders", parts[^1]).ToStatus());
                break;
        }
    }

    private static Task Answer(HttpContext http, int code, JsonMap body)
    {
        (http.Response.StatusCode, http.Response.ContentType) = (code, "application/json");
        return http.Response.WriteAsync(body.ToString());
    }

    private JsonMap List(string? ns)
    {
        lock (gate)
            return new JsonMap
            {
                { "kind", "FlunderList" }, { "apiVersion", "wardle.example.com/v1" }, { "metadata", new JsonMap { { "resourceVersion", revision.ToString(CultureInfo.InvariantCulture) } } },
                { "items", new JsonList(flunders.Values.Where(f => ns is null || f.Map("metadata")!.Text("namespace") == ns).Select(f => f.Clone())) },
            };
    }

    private JsonMap? Find(string ns, string name)
    {
        lock (gate) return flunders.GetValueOrDefault($"{ns}/{name}");
    }

    private JsonMap Add(string ns, JsonMap flunder)
    {
        lock (gate)
        {
            var metadata = flunder.MapOrNew("metadata");
            metadata.Set("namespace", ns);
            metadata.Set("uid", Guid.NewGuid().ToString());
            metadata.Set("resourceVersion", (++revision).ToString(CultureInfo.InvariantCulture));
            flunder.Set("kind", "Flunder");
            flunder.Set("apiVersion", "wardle.example.com/v1");
            flunders[$"{ns}/{metadata.Text("name")}"] = flunder;
            Tell("ADDED", flunder);
            return flunder;
        }
    }

    private JsonMap? Remove(string ns, string name)
    {
        lock (gate)
        {
            if (!flunders.Remove($"{ns}/{name}", out var gone)) return null;
            gone.Map("metadata")!.Set("resourceVersion", (++revision).ToString(CultureInfo.InvariantCulture));
            Tell("DELETED", gone);
            return gone;
        }
    }

    private void Tell(string type, JsonMap flunder)
    {
        foreach (var watcher in watchers) watcher.Writer.TryWrite($$"""{"type":"{{type}}","object":{{flunder}}}""" + "\n");
    }

    private async Task Watch(HttpContext http)
    {
        var mine = Channel.CreateUnbounded<string>();
        lock (gate)
        {
            // Whoever comes without a version, or with an old one, is shown all there is.
            if (http.Request.Query["resourceVersion"].ToString() != revision.ToString(CultureInfo.InvariantCulture))
                foreach (var flunder in flunders.Values) mine.Writer.TryWrite($$"""{"type":"ADDED","object":{{flunder}}}""" + "\n");
            watchers.Add(mine);
        }
        http.Response.ContentType = "application/json";
        await http.Response.StartAsync();
        await http.Response.Body.FlushAsync();
        try
        {
            await foreach (var line in mine.Reader.ReadAllAsync(http.RequestAborted))
            {
                await http.Response.WriteAsync(line);
                await http.Response.Body.FlushAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // Whoever watched has gone.
        }
    }

    private static X509Certificate2 SelfSigned(string host)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=extension", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
        certificate.Dispose();
    }
}
