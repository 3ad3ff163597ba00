using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MiniKube.Machinery;

namespace MiniKube.ControlLoop;

/// <summary>How to reach a server: by certificate or by token, trusting one CA.</summary>
public sealed record HttpApiOptions(Uri Server)
{
    public X509Certificate2Collection? Authorities { get => AuthoritiesNow?.Invoke() ?? field; init; }
    public X509Certificate2? ClientCertificate { get => CertificateNow?.Invoke() ?? field; init; }

    /// <summary>Asked before every handshake, so that renewed ones are taken up.</summary>
    public Func<X509Certificate2Collection>? AuthoritiesNow { get; init; }

    public Func<X509Certificate2?>? CertificateNow { get; init; }

    /// <summary>In whose name what is asked is asked, if not in one's own: the server must allow it.</summary>
    public string? InTheNameOf { get; init; }

    /// <summary>Sent with every request.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Whoever answers is believed to be the server.</summary>
    public bool AnyServer { get; init; }

    /// <summary>The name the server's certificate must have, where that isn't the host of its address.</summary>
    public string? ServerName { get; init; }

    public IWebProxy? Proxy { get; init; }

    /// <summary>Asked before every request, so that a rotated token is taken up.</summary>
    public Func<CancellationToken, ValueTask<string?>>? Token { get; init; }

    public string UserAgent { get; init; } = "minik";

    /// <summary>A connection on which nothing comes for this long is asked for a sign of life, and given up when none comes for as long again.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>After this long no new request goes out on a connection: what was renewed meanwhile is for the next one.</summary>
    public TimeSpan ConnectionLife { get; init; } = TimeSpan.FromHours(1);
}

/// <summary>The API over HTTPS: what agents use, and anything else that runs outside the server's process.</summary>
public sealed class HttpApi : IApi, IDisposable
{
    private static readonly MediaTypeHeaderValue JsonType = new("application/json");

    private readonly HttpApiOptions options;
    private readonly SocketsHttpHandler handler;
    private readonly HttpClient client;

    public HttpApi(HttpApiOptions options)
    {
        this.options = options;
        handler = new SocketsHttpHandler
        {
            SslOptions = ClientTls.For(options),
            EnableMultipleHttp2Connections = true,
            AutomaticDecompression = DecompressionMethods.GZip,
            PooledConnectionLifetime = options.ConnectionLife,
            ConnectTimeout = options.SilenceLimit,
            KeepAlivePingDelay = options.SilenceLimit,
            KeepAlivePingTimeout = options.SilenceLimit,
            Proxy = options.Proxy,
        };
        client = new(handler)
        {
            BaseAddress = options.Server,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public Task<Result<ApiObject>> Get(ResourceRef resource, string? ns, string name, string? subresource = null, CancellationToken cancel = default) =>
        One(HttpMethod.Get, ApiPaths.Of(resource, ns, name, subresource), null, null, cancel);

    public async Task<Result<ApiList>> List(ResourceRef resource, string? ns, ListQuery query = default, CancellationToken cancel = default)
    {
        try
        {
            using var response = await Send(HttpMethod.Get, ApiPaths.Of(resource, ns) + ApiPaths.Query(query), null, null,
                HttpCompletionOption.ResponseContentRead, cancel);
            var body = await response.Content.ReadAsByteArrayAsync(cancel);
            return response.IsSuccessStatusCode ? JsonSlices.List(body) : Failure(response, body);
        }
        catch (Exception e) when (IsBroken(e, cancel))
        {
            return Unreachable(e);
        }
    }

    public async IAsyncEnumerable<ApiEvent> Watch(ResourceRef resource, string? ns, ListQuery query,
        [EnumeratorCancellation] CancellationToken cancel = default)
    {
        using var response = await Send(HttpMethod.Get, ApiPaths.Of(resource, ns) + ApiPaths.Query(query, watch: true), null, null,
            HttpCompletionOption.ResponseHeadersRead, cancel);
        if (!response.IsSuccessStatusCode)
        {
            yield return new(EventType.Error, default, Failure(response, await response.Content.ReadAsByteArrayAsync(cancel)));
            yield break;
        }
        var reader = PipeReader.Create(await response.Content.ReadAsStreamAsync(cancel));
        while (true)
        {
            var read = await reader.ReadAsync(cancel);
            var buffer = read.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                // The bytes are kept by caches: a copy of their own, not a piece of the pipe's.
                var line = buffer.Slice(0, end).ToArray();
                buffer = buffer.Slice(buffer.GetPosition(1, end));
                if (line.Length > 0) yield return JsonSlices.Event(line);
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted) yield break;
        }
    }

    public Task<Result<ApiObject>> Create(ResourceRef resource, string? ns, ReadOnlyMemory<byte> body, string? name = null,
        string? subresource = null, WriteQuery query = default, CancellationToken cancel = default) =>
        One(HttpMethod.Post, ApiPaths.Of(resource, ns, name, subresource) + ApiPaths.Query(query), body, JsonType, cancel);

    public Task<Result<ApiObject>> Update(ResourceRef resource, string? ns, string name, ReadOnlyMemory<byte> body,
        string? subresource = null, WriteQuery query = default, CancellationToken cancel = default) =>
        One(HttpMethod.Put, ApiPaths.Of(resource, ns, name, subresource) + ApiPaths.Query(query), body, JsonType, cancel);

    public Task<Result<ApiObject>> Patch(ResourceRef resource, string? ns, string name, PatchKind kind, ReadOnlyMemory<byte> patch,
        string? subresource = null, WriteQuery query = default, CancellationToken cancel = default) =>
        One(HttpMethod.Patch, ApiPaths.Of(resource, ns, name, subresource) + ApiPaths.Query(query), patch, new(kind switch
        {
            PatchKind.Json => "application/json-patch+json",
            PatchKind.Merge => "application/merge-patch+json",
            PatchKind.Strategic => "application/strategic-merge-patch+json",
            _ => "application/apply-patch+yaml",
        }), cancel);

    public Task<Result<ApiObject>> Delete(ResourceRef resource, string? ns, string name, DeleteQuery query = default,
        CancellationToken cancel = default)
    {
        var options = new JsonMap { { "apiVersion", "v1" }, { "kind", "DeleteOptions" } };
        if (query.GracePeriodSeconds is { } grace) options.Add("gracePeriodSeconds", grace);
        if (query.Propagation is { } propagation) options.Add("propagationPolicy", propagation);
        var preconditions = new JsonMap();
        if (query.Uid is { } uid) preconditions.Add("uid", uid);
        if (query.ResourceVersion is { } version) preconditions.Add("resourceVersion", version);
        if (preconditions.Count > 0) options.Add("preconditions", preconditions);
        return One(HttpMethod.Delete, ApiPaths.Of(resource, ns, name), JsonWriter.ToUtf8(options), JsonType, cancel);
    }

    public Task<Result<ApiObject>> Document(string path, CancellationToken cancel = default) => One(HttpMethod.Get, path, null, null, cancel);

    /// <summary>Whatever else can be asked: the answer from its first byte on, refusals too.</summary>
    public async Task<HttpResponseMessage> Exchange(HttpRequestMessage request, CancellationToken cancel)
    {
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
        foreach (var (name, value) in await Introduction(cancel)) request.Headers.TryAddWithoutValidation(name, value);
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
    }

    /// <summary>Streams both ways, in one of these protocols.</summary>
    public async Task<WebSocket> Socket(string path, IEnumerable<string> protocols, CancellationToken cancel)
    {
        var socket = new ClientWebSocket();
        try
        {
            foreach (var protocol in protocols) socket.Options.AddSubProtocol(protocol);
            foreach (var (name, value) in await Introduction(cancel)) socket.Options.SetRequestHeader(name, value);
            var address = new UriBuilder(new Uri(options.Server, path));
            address.Scheme = address.Scheme == Uri.UriSchemeHttps ? Uri.UriSchemeWss : Uri.UriSchemeWs;
            await socket.ConnectAsync(address.Uri, new HttpMessageInvoker(handler, disposeHandler: false), cancel);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => client.Dispose();

    private async Task<List<KeyValuePair<string, string>>> Introduction(CancellationToken cancel)
    {
        List<KeyValuePair<string, string>> headers = [new("User-Agent", options.UserAgent), .. options.Headers];
        if (options.InTheNameOf is { } name) headers.Add(new("Impersonate-User", name));
        if (options.Token is { } token && await token(cancel) is { } bearer) headers.Add(new("Authorization", $"Bearer {bearer}"));
        return headers;
    }

    private async Task<Result<ApiObject>> One(HttpMethod method, string path, ReadOnlyMemory<byte>? body, MediaTypeHeaderValue? type,
        CancellationToken cancel)
    {
        try
        {
            using var response = await Send(method, path, body, type, HttpCompletionOption.ResponseContentRead, cancel);
            var answer = await response.Content.ReadAsByteArrayAsync(cancel);
            return response.IsSuccessStatusCode ? new ApiObject(answer) : Failure(response, answer);
        }
        catch (Exception e) when (IsBroken(e, cancel))
        {
            return Unreachable(e);
        }
    }

    private static bool IsBroken(Exception e, CancellationToken cancel) => e is HttpRequestException or IOException || e is OperationCanceledException && !cancel.IsCancellationRequested;

    /// <summary>Nobody knows whether the server has heard it.</summary>
    private ApiError Unreachable(Exception e) => new(503, "ServiceUnavailable", $"{options.Server.GetLeftPart(UriPartial.Authority)} can't be reached: {(e.InnerException ?? e).Message}");

    private async Task<HttpResponseMessage> Send(HttpMethod method, string path, ReadOnlyMemory<byte>? body, MediaTypeHeaderValue? type,
        HttpCompletionOption completion, CancellationToken cancel)
    {
        // Messages don't take over what the client defaults to; and only HTTP/2 notices a connection gone silent.
        using var request = new HttpRequestMessage(method, path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        request.Headers.Accept.Add(new("application/json"));
        foreach (var (name, value) in await Introduction(cancel)) request.Headers.TryAddWithoutValidation(name, value);
        if (body is { } bytes)
        {
            request.Content = new ReadOnlyMemoryContent(bytes);
            request.Content.Headers.ContentType = type;
        }
        return await client.SendAsync(request, completion, cancel);
    }

    private static ApiError Failure(HttpResponseMessage response, byte[] body)
    {
        try
        {
            if (JsonReader.ReadMap(body) is var status && status.Text("kind") == "Status") return ApiError.FromStatus(status);
        }
        catch (JsonException)
        {
        }
        return new((int)response.StatusCode, "", $"the server answered {(int)response.StatusCode} {response.ReasonPhrase}");
    }
}
