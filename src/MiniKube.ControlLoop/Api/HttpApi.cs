using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MiniKube.Machinery;

namespace MiniKube.ControlLoop;

/// <summary>How to reach a server: by certificate or by token, trusting one CA.</summary>
public sealed record HttpApiOptions(Uri Server)
{
    public X509Certificate2Collection? Authorities { get; init; }
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Asked before every request, so that a rotated token is taken up.</summary>
    public Func<CancellationToken, ValueTask<string?>>? Token { get; init; }

    public string UserAgent { get; init; } = "minik";

    /// <summary>A connection on which nothing comes for this long is asked for a sign of life, and given up when none comes for as long again.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromSeconds(15);
}

/// <summary>The API over HTTPS: what agents use, and anything else that runs outside the server's process.</summary>
public sealed class HttpApi : IApi, IDisposable
{
    private static readonly MediaTypeHeaderValue JsonType = new("application/json");

    private readonly HttpApiOptions options;
    private readonly HttpClient client;

    public HttpApi(HttpApiOptions options)
    {
        this.options = options;
        var tls = new SslClientAuthenticationOptions();
        if (options.Authorities is { } authorities)
        {
            tls.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == 0 && certificate is not null && IsSignedBy(authorities, certificate);
        }
        if (options.ClientCertificate is { } own) tls.ClientCertificates = [own];
        client = new(new SocketsHttpHandler
        {
            SslOptions = tls,
            EnableMultipleHttp2Connections = true,
            AutomaticDecompression = DecompressionMethods.GZip,
            PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
            KeepAlivePingDelay = options.SilenceLimit,
            KeepAlivePingTimeout = options.SilenceLimit,
        })
        {
            BaseAddress = options.Server,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public Task<Result<ApiObject>> Get(ResourceRef resource, string? ns, string name, string? subresource = null, CancellationToken cancel = default) =>
        One(HttpMethod.Get, ApiPaths.Of(resource, ns, name, subresource), null, null, cancel);

    public async Task<Result<ApiList>> List(ResourceRef resource, string? ns, ListQuery query = default, CancellationToken cancel = default)
    {
        using var response = await Send(HttpMethod.Get, ApiPaths.Of(resource, ns) + ApiPaths.Query(query), null, null,
            HttpCompletionOption.ResponseContentRead, cancel);
        var body = await response.Content.ReadAsByteArrayAsync(cancel);
        return response.IsSuccessStatusCode ? JsonSlices.List(body) : Failure(response, body);
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

    public void Dispose() => client.Dispose();

    private async Task<Result<ApiObject>> One(HttpMethod method, string path, ReadOnlyMemory<byte>? body, MediaTypeHeaderValue? type,
        CancellationToken cancel)
    {
        using var response = await Send(method, path, body, type, HttpCompletionOption.ResponseContentRead, cancel);
        var answer = await response.Content.ReadAsByteArrayAsync(cancel);
        return response.IsSuccessStatusCode ? new ApiObject(answer) : Failure(response, answer);
    }

    private async Task<HttpResponseMessage> Send(HttpMethod method, string path, ReadOnlyMemory<byte>? body, MediaTypeHeaderValue? type,
        HttpCompletionOption completion, CancellationToken cancel)
    {
        // Messages don't take over what the client defaults to; and only HTTP/2 notices a connection gone silent.
        using var request = new HttpRequestMessage(method, path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        request.Headers.UserAgent.ParseAdd(options.UserAgent);
        request.Headers.Accept.Add(new("application/json"));
        if (options.Token is { } token && await token(cancel) is { } bearer) request.Headers.Authorization = new("Bearer", bearer);
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

    private static bool IsSignedBy(X509Certificate2Collection authorities, X509Certificate certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using var leaf = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return chain.Build(leaf);
    }
}
