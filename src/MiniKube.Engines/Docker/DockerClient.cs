using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MiniKube.Kubelet;
using MiniKube.Machinery;

namespace MiniKube.Engines.Docker;

/// <summary>Docker's Engine API over its Unix socket: requests, streams of JSON lines, and connections taken over.</summary>
internal sealed class DockerClient : IDisposable
{
    private const string Api = "/v1.41";

    private readonly EngineSocket way;
    private readonly HttpClient http;

    public DockerClient(string socketPath)
    {
        way = new("Docker", socketPath);
        http = new(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) => new NetworkStream(await way.Connect(cancel), ownsSocket: true),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        })
        {
            BaseAddress = new("http://docker"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public async Task<Json> Get(string path, CancellationToken cancel)
    {
        using var response = await Send(HttpMethod.Get, path, null, cancel);
        return JsonReader.Read(await response.Content.ReadAsByteArrayAsync(cancel));
    }

    /// <summary>The answer as a tree, or null where it is empty.</summary>
    public async Task<JsonMap?> Post(string path, JsonMap? body, CancellationToken cancel)
    {
        using var response = await Send(HttpMethod.Post, path, body is null ? null : Content(body), cancel);
        var bytes = await response.Content.ReadAsByteArrayAsync(cancel);
        return bytes.Length == 0 || response.Content.Headers.ContentType?.MediaType != "application/json" ? null : JsonReader.Read(bytes) as JsonMap;
    }

    public async Task Delete(string path, CancellationToken cancel)
    {
        using var _ = await Send(HttpMethod.Delete, path, null, cancel);
    }

    /// <summary>One map per line as it arrives.</summary>
    public async IAsyncEnumerable<JsonMap> Lines(HttpMethod method, string path, HttpContent? content, string? registryAuth,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        using var response = await Send(method, path, content, cancel, registryAuth);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancel), Encoding.UTF8);
        while (await reader.ReadLineAsync(cancel) is { } line)
            if (line.Length > 0) yield return JsonReader.ParseMap(line);
    }

    /// <summary>A connection that speaks the process's streams from here on.</summary>
    public async Task<(Socket Socket, byte[] Early)> Hijack(string path, JsonMap? body, CancellationToken cancel)
    {
        var socket = await way.Connect(cancel);
        try
        {
            var payload = body is null ? [] : JsonWriter.ToUtf8(body);
            var head = $"POST {Api}{path} HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: {payload.Length}\r\n\r\n";
            var (code, early) = await HttpUpgrade.Ask(socket, head, payload, cancel);
            if (code is 101 or 200) return (socket, early);
            throw Failure(code, early);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<HttpResponseMessage> Send(HttpMethod method, string path, HttpContent? content, CancellationToken cancel, string? registryAuth = null)
    {
        using var request = new HttpRequestMessage(method, Api + path) { Content = content };
        if (registryAuth is not null) request.Headers.Add("X-Registry-Auth", registryAuth);
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        }
        catch (HttpRequestException e)
        {
            throw way.Silent(e);
        }
        if (response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.NotModified) return response;
        using (response) throw Failure((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancel));
    }

    private static EngineException Failure(int code, byte[] body)
    {
        string text;
        try
        {
            text = JsonReader.ReadMap(body).Text("message") ?? "";
        }
        catch (JsonException)
        {
            text = Encoding.UTF8.GetString(body).Trim();
        }
        return new(text.Length == 0 ? $"Docker answered {code}" : text, code == 404 ? EngineFault.NotFound : EngineFault.Other);
    }

    private static ByteArrayContent Content(JsonMap body) =>
        new(JsonWriter.ToUtf8(body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
}
