using System.CommandLine;
using System.Net.Http.Headers;
using System.Text;
using MiniKube.Machinery;
using MiniKube.Server.Pki;

namespace MiniKube.Host;

/// <summary>The owner's access to the cluster of a data directory: its keys, and the address its server last listened at.</summary>
internal sealed class AdminClient : IDisposable
{
    private readonly HttpClient http;

    private AdminClient(ClusterPki pki, string server)
    {
        (Pki, Server) = (pki, server);
        var handler = new HttpClientHandler { CheckCertificateRevocationList = false, ClientCertificates = { pki.Client("admin", ControlPlane.AdminName, MiniKube.Server.UserInfo.Masters) } };
        handler.ServerCertificateCustomValidationCallback = (_, certificate, _, _) => certificate is not null && CertificateChecks.SignedBy(certificate, pki.Authority);
        http = new HttpClient(handler) { BaseAddress = new Uri(server), Timeout = TimeSpan.FromSeconds(30) };
        http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
    }

    public ClusterPki Pki { get; }
    public string Server { get; }

    public static Option<string> DataOption() => new("--data-dir") { Description = "The cluster's data directory", HelpName = "DIR" };

    public static Option<string> ServerOption() => new("--server") { Description = "Address of the server (default: where it last listened)", HelpName = "URL" };

    /// <summary>Null, with the reason told, where there is no cluster or its keys can't be read.</summary>
    public static AdminClient? Open(string? dataDir, string? server, TextWriter error)
    {
        var data = DataDirectory(dataDir);
        var keys = Path.Combine(data, "pki");
        try
        {
            if (File.Exists(Path.Combine(keys, "ca.key")))
                return new AdminClient(ClusterPki.Open(keys, TimeProvider.System, [], []), server ?? LastAddress(data) ?? "https://127.0.0.1:6443");
            error.WriteLine(Directory.Exists(keys) || !Directory.Exists(data)
                ? $"minik: there is no cluster in {data}: start one with 'minik server', or name its --data-dir"
                : $"minik: the keys in {keys} can't be read: are you its owner?");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException or System.Security.Cryptography.CryptographicException or UriFormatException)
        {
            error.WriteLine($"minik: {e.Message}");
        }
        return null;
    }

    public static string DataDirectory(string? given) => given ?? Environment.GetEnvironmentVariable("MINIK_DATA_DIR")
        ?? (Environment.IsPrivilegedProcess ? "/var/lib/minik" : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".minik"));

    /// <summary>What the server leaves behind for its owner's commands.</summary>
    public static void RememberAddress(string data, string url) => File.WriteAllText(Path.Combine(data, "server", "address"), url + "\n");

    private static string? LastAddress(string data)
    {
        var file = Path.Combine(data, "server", "address");
        return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
    }

    public async Task<(int Status, string Text)> Send(HttpMethod method, string path, JsonMap? body = null, CancellationToken cancel = default)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new ByteArrayContent(JsonWriter.ToUtf8(body)) { Headers = { ContentType = new("application/json") } };
        using var answer = await http.SendAsync(request, cancel);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(cancel));
    }

    public async Task<List<JsonMap>> Items(string path, CancellationToken cancel)
    {
        var (status, text) = await Send(HttpMethod.Get, path, null, cancel);
        return status == 200 ? [.. (JsonReader.ReadMap(Encoding.UTF8.GetBytes(text)).List("items") ?? []).Maps()] : throw new HttpRequestException($"{path} answered {status}");
    }

    public void Dispose() => http.Dispose();
}
