using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MiniKube.Machinery;
using MiniKube.Server.Streams;

namespace MiniKube.Server;

/// <summary>Asks webhooks, over connections that are kept.</summary>
internal sealed class WebhookCaller
{
    private const int LongestAnswer = 8 << 20;

    private readonly ConcurrentDictionary<string, HttpMessageInvoker> clients = new(StringComparer.Ordinal);

    /// <summary>What the webhook says, or why it could not be asked.</summary>
    public async Task<(Verdict? Verdict, string? Fault)> Ask(ServerContext server, Webhook webhook, AdmissionRequest request, Kind matched)
    {
        var uid = server.Names.Uid();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(webhook.Timeout), server.Time);
        try
        {
            var client = clients.GetOrAdd(webhook.CaBundle, bundle => Client(server, bundle));
            using var message = new HttpRequestMessage(HttpMethod.Post, webhook.Url)
            {
                Content = new ByteArrayContent(JsonWriter.ToUtf8(AdmissionReview.Ask(request, matched, webhook.ReviewVersion, uid)).ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
            };
            message.Headers.Accept.ParseAdd("application/json");
            message.Headers.UserAgent.ParseAdd("kube-apiserver-admission");
            using var response = await client.SendAsync(message, patience.Token);
            var body = await response.Content.ReadAsByteArrayAsync(patience.Token);
            if (response.StatusCode != HttpStatusCode.OK) return (null, $"failed to call webhook: {Said(response, body)}");
            if (body.Length > LongestAnswer) return (null, "failed to call webhook: the answer is too long");
            return AdmissionReview.Read(JsonReader.ReadMap(body), webhook, uid);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return (null, $"failed to call webhook: Post \"{webhook.Url}\": context deadline exceeded");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UriFormatException or InvalidOperationException)
        {
            return (null, $"failed to call webhook: Post \"{webhook.Url}\": {(e.InnerException ?? e).Message}");
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return (null, $"failed to call webhook: the answer can't be read: {e.Message}");
        }
    }

    private static string Said(HttpResponseMessage response, byte[] body)
    {
        var text = System.Text.Encoding.UTF8.GetString(body).Trim();
        return text.Length > 0 ? text : $"the server responded with the status code {(int)response.StatusCode} but did not return more information";
    }

    private static HttpMessageInvoker Client(ServerContext server, string caBundle)
    {
        var trusted = new X509Certificate2Collection();
        if (caBundle.Length > 0) trusted.ImportFromPem(System.Text.Encoding.ASCII.GetString(Convert.FromBase64String(caBundle)));
        return new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseProxy = false, UseCookies = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30), PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            ConnectCallback = (context, cancel) => Dial(server, context.DnsEndPoint, cancel),
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, _, faults) => faults == SslPolicyErrors.None
                    || faults == SslPolicyErrors.RemoteCertificateChainErrors && trusted.Count > 0 && certificate is X509Certificate2 shown && Vouched(shown, trusted),
            },
        });
    }

    private static bool Vouched(X509Certificate2 shown, X509Certificate2Collection trusted)
    {
        using var chain = new X509Chain { ChainPolicy = { RevocationMode = X509RevocationMode.NoCheck, TrustMode = X509ChainTrustMode.CustomRootTrust } };
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        return chain.Build(shown);
    }

    /// <summary>NAME.NAMESPACE.svc leads to one of the service's ready endpoints: the server needs neither the cluster's names nor its proxy.</summary>
    private static async ValueTask<Stream> Dial(ServerContext server, DnsEndPoint to, CancellationToken cancel)
    {
        EndPoint target = to;
        if (to.Host.Split('.') is [var name, var ns, "svc"]) target = EndpointOf(server, ns, name, to.Port);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(target, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"dial tcp {target}: {e.Message}", e);
        }
    }

    private static EndPoint EndpointOf(ServerContext server, string ns, string name, int port)
    {
        var service = server.Peek("services", ns, name) ?? throw new IOException($"service \"{name}\" not found");
        var spec = service.Map("spec") ?? [];
        if (spec.Text("type") == "ExternalName") return new DnsEndPoint(spec.Text("externalName") ?? "", port);
        var declared = (spec.List("ports") ?? []).Maps().FirstOrDefault(p => p.Whole("port") == port) ?? throw new IOException($"no service port {port} found for service \"{name}\"");
        var ready = ServiceEndpoints.Ready(server, ns, name, declared.Text("name") ?? "").ToList();
        if (ready.Count == 0) throw new IOException($"no endpoints available for service \"{name}\"");
        var (address, at, _) = ready[RandomNumberGenerator.GetInt32(ready.Count)];
        return new IPEndPoint(IPAddress.Parse(address), at);
    }
}
