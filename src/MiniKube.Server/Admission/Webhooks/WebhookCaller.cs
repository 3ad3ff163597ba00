using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
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
        var (obj, unfit) = await InVersion(server, matched, request.Object);
        var (old, unreadable) = await InVersion(server, matched, request.Old);
        if ((unfit ?? unreadable) is { } fault) return (null, fault);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(webhook.Timeout), server.Time);
        try
        {
            var client = clients.GetOrAdd(webhook.CaBundle, bundle => ServiceClients.Of(server, bundle));
            using var message = new HttpRequestMessage(HttpMethod.Post, webhook.Url)
            {
                Content = new ByteArrayContent(JsonWriter.ToUtf8(AdmissionReview.Ask(request, matched, webhook.ReviewVersion, uid, obj, old)).ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
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

    private static async ValueTask<(JsonMap? Object, string? Fault)> InVersion(ServerContext server, Kind matched, JsonMap? obj)
    {
        if (obj is null) return (null, null);
        var converted = await server.Converter.One(server, matched, obj);
        return converted.Error is { } fault ? (null, fault.Message) : (AdmissionVariables.InVersion(matched, converted.Value), null);
    }

    internal static string Said(HttpResponseMessage response, byte[] body)
    {
        var text = System.Text.Encoding.UTF8.GetString(body).Trim();
        return text.Length > 0 ? text : $"the server responded with the status code {(int)response.StatusCode} but did not return more information";
    }
}
