using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using MiniKube.Machinery;
using MiniKube.Server.Pki;

namespace MiniKube.Server.Streams;

/// <summary>nodes/proxy: any request, upgrades included, to the node's own port, under the server's name instead of the client's.</summary>
internal sealed class NodeProxy(NodeDoors doors, Func<X509Certificate2> own, Func<IReadOnlyList<X509Certificate2>> authorities)
{
    private static readonly HashSet<string> Hop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Host", "Authorization", "Content-Length",
    };

    private readonly ConcurrentDictionary<string, HttpMessageInvoker> clients = new(StringComparer.Ordinal);

    public ValueTask<ApiResponse> Run(ServerContext server, Kind kind, ApiRequest request)
    {
        // "NAME", "NAME:PORT" and "https:NAME:PORT" are all allowed; a node has one port.
        var parts = request.Info.Name.Split(':');
        var name = parts.Length > 1 && parts[0] is "http" or "https" ? parts[1] : parts[0];
        if (server.Peek("nodes", "", name) is null) return ValueTask.FromResult<ApiResponse>(ApiError.NotFound("", "nodes", name));
        if (doors.Of(name) is null) return ValueTask.FromResult<ApiResponse>(Unreachable($"node \"{name}\" is not connected"));
        var client = clients.GetOrAdd(name, Client);
        return ValueTask.FromResult<ApiResponse>(new ApiResponse.Takeover(http => Forward(http, client, request)));
    }

    private static ApiError Unreachable(string why) => new(503, "ServiceUnavailable", $"error trying to reach service: {why}");

    private HttpMessageInvoker Client(string node) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false, UseProxy = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        ConnectCallback = async (_, cancel) =>
        {
            var raw = await (doors.Of(node) ?? throw new IOException($"node \"{node}\" is not connected")).Dial(cancel);
            var tls = new SslStream(raw);
            try
            {
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
                {
                    TargetHost = node, ClientCertificates = [own()],
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is X509Certificate2 shown && CertificateChecks.SignedBy(shown, authorities()),
                }, cancel);
            }
            catch (AuthenticationException e)
            {
                await tls.DisposeAsync();
                throw new IOException(e.Message, e);
            }
            return tls;
        },
    });

    private static async Task Forward(HttpContext http, HttpMessageInvoker client, ApiRequest request)
    {
        var cancel = http.RequestAborted;
        // The connection is encrypted already when the client gets it.
        using var asked = new HttpRequestMessage(new HttpMethod(http.Request.Method), $"http://node{(request.Info.Rest.Length == 0 ? "/" : request.Info.Rest)}{http.Request.QueryString}");
        if (request.Body.Length > 0) asked.Content = new ReadOnlyMemoryContent(request.Body);
        foreach (var (key, values) in http.Request.Headers)
            if (!Hop.Contains(key) && !key.StartsWith(':') && !asked.Headers.TryAddWithoutValidation(key, (IEnumerable<string?>)values)) asked.Content?.Headers.TryAddWithoutValidation(key, (IEnumerable<string?>)values);
        var upgrade = http.Features.Get<IHttpUpgradeFeature>();
        if (upgrade?.IsUpgradableRequest == true)
        {
            asked.Headers.TryAddWithoutValidation("Connection", "Upgrade");
            asked.Headers.TryAddWithoutValidation("Upgrade", http.Request.Headers.Upgrade.ToString());
        }
        HttpResponseMessage answer;
        try
        {
            answer = await client.SendAsync(asked, cancel);
        }
        catch (Exception e) when (e is HttpRequestException or IOException && !cancel.IsCancellationRequested)
        {
            await PodProcess.Refuse(http, Unreachable((e.InnerException ?? e).Message));
            return;
        }
        using (answer)
        {
            http.Response.StatusCode = (int)answer.StatusCode;
            foreach (var (key, values) in answer.Headers.Concat(answer.Content.Headers))
                if (!Hop.Contains(key) || key == "Content-Length") http.Response.Headers[key] = values.ToArray();
            await using var body = await answer.Content.ReadAsStreamAsync(cancel);
            if (answer.StatusCode == HttpStatusCode.SwitchingProtocols)
            {
                http.Response.Headers.Connection = "Upgrade";
                http.Response.Headers.Upgrade = string.Join(", ", answer.Headers.Upgrade.Select(u => u.ToString()));
                await using var client1 = await upgrade!.UpgradeAsync();
                var (there, back) = (client1.CopyToAsync(body, cancel), body.CopyToAsync(client1, cancel));
                await Task.WhenAny(there, back);
                return;
            }
            http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await body.CopyToAsync(http.Response.Body, cancel);
        }
    }
}
