using System.CommandLine;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MiniKube.Machinery;
using MiniKube.Server;
using MiniKube.Server.Pki;

namespace MiniKube.Host;

/// <summary>The owner's access to the cluster of a data directory: its keys, and the address its server last listened at.</summary>
internal sealed class AdminClient : IDisposable
{
    private readonly HttpClient http;

    private AdminClient(string data, ClusterPki pki, string server)
    {
        (Data, Pki, Server) = (data, pki, server);
        var handler = new HttpClientHandler { CheckCertificateRevocationList = false, ClientCertificates = { Certificate(pki) } };
        handler.ServerCertificateCustomValidationCallback = (_, certificate, _, _) => certificate is not null && CertificateChecks.SignedBy(certificate, pki.Trusted);
        http = new HttpClient(handler) { BaseAddress = new Uri(server), Timeout = TimeSpan.FromSeconds(30) };
        http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
    }

    public string Data { get; }
    public ClusterPki Pki { get; }
    public string Server { get; }

    public static X509Certificate2 Certificate(ClusterPki pki) => pki.Client("admin", ControlPlane.AdminName, UserInfo.Masters);

    public static Option<string> DataOption() => new("--data-dir") { Description = "The cluster's data directory", HelpName = "DIR" };

    public static Option<string> ServerOption() => new("--server") { Description = "Address of the server (default: where it last listened)", HelpName = "URL" };

    /// <summary>Null, with the reason told, where there is no cluster or its keys can't be read.</summary>
    public static AdminClient? Open(string? dataDir, string? server, TextWriter error)
    {
        var data = DataDirectory(dataDir);
        try
        {
            if (Keys(data, error) is { } keys)
                return new AdminClient(data, ClusterPki.OpenAsOwner(keys, TimeProvider.System), server ?? OwnerFiles.LastAddress(data) ?? "https://127.0.0.1:6443");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException or System.Security.Cryptography.CryptographicException or UriFormatException)
        {
            error.WriteLine($"minik: {e.Message}");
        }
        return null;
    }

    /// <summary>The directory of a cluster's keys; null, with the reason told, where there is none.</summary>
    public static string? Keys(string data, TextWriter error)
    {
        var keys = Path.Combine(data, "pki");
        if (File.Exists(Path.Combine(keys, "ca.key"))) return keys;
        error.WriteLine(Directory.Exists(keys) || !Directory.Exists(data)
            ? $"minik: there is no cluster in {data}: start one with 'minik server', or name its --data-dir"
            : $"minik: the keys in {keys} can't be read: are you its owner?");
        return null;
    }

    public static string DataDirectory(string? given) => given ?? Environment.GetEnvironmentVariable("MINIK_DATA_DIR") ?? Sources.Read(Sources.ConfigPath, []).File.Text("data-dir")
        ?? (Environment.IsPrivilegedProcess ? "/var/lib/minik" : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".minik"));

    public async Task<(int Status, string Text)> Send(HttpMethod method, string path, JsonMap? body = null, CancellationToken cancel = default)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new ByteArrayContent(JsonWriter.ToUtf8(body)) { Headers = { ContentType = new("application/json") } };
        using var answer = await http.SendAsync(request, cancel);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(cancel));
    }

    /// <summary>The lines of a text as they come; none of one that isn't there (any more).</summary>
    public async IAsyncEnumerable<string> Lines(string path, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var answer = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancel);
        if (!answer.IsSuccessStatusCode) yield break;
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancel));
        while (await reader.ReadLineAsync(cancel) is { } line) yield return line;
    }

    public async Task<List<JsonMap>> Items(string path, CancellationToken cancel)
    {
        var (status, text) = await Send(HttpMethod.Get, path, null, cancel);
        return status == 200 ? [.. (JsonReader.ReadMap(Encoding.UTF8.GetBytes(text)).List("items") ?? []).Maps()] : throw new HttpRequestException($"{path} answered {status}");
    }

    /// <summary>The answer's tree, or its message told and null.</summary>
    public async Task<JsonMap?> Ask(HttpMethod method, string path, JsonMap? body, TextWriter error, CancellationToken cancel)
    {
        try
        {
            var (status, text) = await Send(method, path, body, cancel);
            var answer = JsonReader.Read(Encoding.UTF8.GetBytes(text)) as JsonMap ?? [];
            if (status < 300) return answer;
            error.WriteLine($"minik: {answer.Text("message") ?? $"{Server} answered {status}"}");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            error.WriteLine($"minik: no server answers at {Server}: {e.Message}");
        }
        catch (System.Text.Json.JsonException)
        {
            error.WriteLine($"minik: {Server} answered with something else than a Kubernetes API");
        }
        return null;
    }

    public void Dispose() => http.Dispose();
}
