using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MiniKube.Network.Ingress;

/// <summary>Passes requests on to the endpoint that their route says, and answers as it does.</summary>
internal sealed class IngressProxy(Func<Routes> routes) : IDisposable
{
    private const int MostTries = 3;

    private static readonly HashSet<string> OfOneHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "HTTP2-Settings", "Expect", "Host",
        "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Real-IP",
    };

    private readonly HttpMessageInvoker client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false, UseCookies = false, UseProxy = false, AutomaticDecompression = DecompressionMethods.None, ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true, ConnectTimeout = TimeSpan.FromSeconds(5), PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1, ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1,
#pragma warning disable CA5359 // Endpoints are known by their address, for which nobody has a certificate.
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true },
#pragma warning restore CA5359
    });

    private uint turn;

    public async Task Serve(HttpContext http)
    {
        var path = http.Request.Path.Value is { Length: > 0 } given ? given : "/";
        if (routes().Find(http.Request.Host.Host, path) is not { } route)
        {
            await Refuse(http, 404, $"no ingress has a rule for host \"{http.Request.Host.Host}\" and path \"{path}\"");
            return;
        }
        if (route.Target.Fault is { } fault)
        {
            await Refuse(http, 503, $"{fault} (ingress {route.Ingress})");
            return;
        }
        var target = PathAndQuery(http, route, path);
        var tries = Math.Min(MostTries, route.Target.Endpoints.Count);
        var first = Interlocked.Increment(ref turn);
        for (var i = 0; ; i++)
        {
            var endpoint = route.Target.Endpoints[(int)((first + i) % route.Target.Endpoints.Count)];
            using var message = Message(http, route.Target.Speech, endpoint, target);
            HttpResponseMessage response;
            try
            {
                response = await client.SendAsync(message, http.RequestAborted);
            }
            catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
            {
                // Whom nothing was said to yet need not be the one who answers.
                if (i + 1 < tries && message.Content is not PassedBody { Begun: true } && e is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } or OperationCanceledException) continue;
                await Refuse(http, 502, $"endpoint {endpoint} of service {route.Target.Service} did not answer: {Innermost(e).Message}");
                return;
            }
            using (response) await Answer(http, response);
            return;
        }
    }

    public void Dispose() => client.Dispose();

    private static async Task Answer(HttpContext http, HttpResponseMessage response)
    {
        try
        {
            http.Response.StatusCode = (int)response.StatusCode;
            if (response.StatusCode == HttpStatusCode.SwitchingProtocols)
            {
                await Switch(http, response);
                return;
            }
            if (http.Request.Protocol == HttpProtocol.Http11 && http.Features.Get<IHttpResponseFeature>() is { } feature) feature.ReasonPhrase = response.ReasonPhrase;
            CopyHeaders(http, response);
            await http.Response.StartAsync(http.RequestAborted);
            await using (var body = await response.Content.ReadAsStreamAsync(http.RequestAborted)) await Passing.Copy(body, http.Response.Body, http.RequestAborted);
            if (http.Features.Get<IHttpResponseTrailersFeature>() is { Trailers.IsReadOnly: false } trailers)
                foreach (var (name, values) in response.TrailingHeaders) trailers.Trailers[name] = values.ToArray();
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // Half an answer must not look like a whole one.
            http.Abort();
        }
    }

    /// <summary>From here on nobody knows what is said: bytes go both ways.</summary>
    private static async Task Switch(HttpContext http, HttpResponseMessage response)
    {
        Stream client;
        if (http.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            http.Response.StatusCode = 200;
            CopyHeaders(http, response, "Sec-WebSocket-Accept");
            client = await connect.AcceptAsync();
        }
        else
        {
            CopyHeaders(http, response);
            foreach (var name in (string[])["Connection", "Upgrade"])
                if (response.Headers.TryGetValues(name, out var values)) http.Response.Headers[name] = values.ToArray();
            client = await http.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        }
        await using (client)
        await using (var server = await response.Content.ReadAsStreamAsync(http.RequestAborted)) await Passing.Both(client, server, http.RequestAborted);
    }

    private static void CopyHeaders(HttpContext http, HttpResponseMessage response, string? without = null)
    {
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
            if (!OfOneHop.Contains(name) && name != without) http.Response.Headers.Append(name, values.ToArray());
    }

    private static HttpRequestMessage Message(HttpContext http, Speech speech, string endpoint, string target)
    {
        var request = http.Request;
        var two = speech is Speech.Http2 or Speech.Http2OverTls || request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;
        var scheme = speech is Speech.Https or Speech.Http2OverTls ? "https" : "http";
        var message = new HttpRequestMessage(new(request.Method), new Uri($"{scheme}://{endpoint}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }))
        {
            Version = two ? HttpVersion.Version20 : HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var connect = http.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true };
        var upgrade = connect || http.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true };
        if (!upgrade && http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != false && request.ContentLength != 0 | two)
            message.Content = new PassedBody(request.Body, request.ContentLength, http.RequestAborted);
        else if (request.ContentLength == 0) message.Content = new ByteArrayContent([]);
        var ofConnection = request.Headers.Connection.SelectMany(c => (c ?? "").Split(',', StringSplitOptions.TrimEntries)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in request.Headers)
        {
            if (OfOneHop.Contains(name) || ofConnection.Contains(name) || name.StartsWith(':')) continue;
            if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values!)) message.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string>)values!);
        }
        if (request.Headers.TE.Any(t => t?.Contains("trailers", StringComparison.OrdinalIgnoreCase) == true)) message.Headers.TryAddWithoutValidation("TE", "trailers");
        message.Headers.Host = request.Host.Value;
        var caller = http.Connection.RemoteIpAddress is { } address ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : "";
        foreach (var (name, value) in (ReadOnlySpan<(string, string?)>)[("X-Forwarded-For", caller), ("X-Real-IP", caller), ("X-Forwarded-Host", request.Host.Value), ("X-Forwarded-Proto", request.Scheme), ("X-Forwarded-Port", $"{http.Connection.LocalPort}")])
            message.Headers.TryAddWithoutValidation(name, value);
        if (!upgrade) return message;
        message.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        message.Headers.TryAddWithoutValidation("Upgrade", connect ? "websocket" : request.Headers.Upgrade.ToString());
        if (!connect) return message;
        // Over HTTP/2 a socket is asked for in other words, without the key.
        message.Method = HttpMethod.Get;
        message.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", Convert.ToBase64String(RandomNumberGenerator.GetBytes(16)));
        return message;
    }

    /// <summary>As the client wrote it, or as the ingress has it rewritten.</summary>
    private static string PathAndQuery(HttpContext http, Route route, string path)
    {
        if (route.Rewritten(path) is { } rewritten) return new PathString(rewritten).ToUriComponent() + http.Request.QueryString.ToUriComponent();
        return http.Features.Get<IHttpRequestFeature>()?.RawTarget is ['/', ..] raw ? raw : http.Request.Path.ToUriComponent() + http.Request.QueryString.ToUriComponent();
    }

    private static async Task Refuse(HttpContext http, int code, string cause)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }
        http.Response.StatusCode = code;
        http.Response.ContentType = "text/plain; charset=utf-8";
        await http.Response.WriteAsync($"minik ingress: {cause}\n", http.RequestAborted);
    }

    private static Exception Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e;
}
