using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using MiniKube.Machinery;
using MiniKube.Server.Streams;
using MiniKube.Store;

namespace MiniKube.Server;

/// <summary>
/// Objects in another version, where their definition has a webhook say what they look like there. What is in the wanted version already is
/// not sent. Kinds without such a webhook pass through: their conversion is a function.
/// </summary>
internal sealed class Converter
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, HttpMessageInvoker> clients = new(StringComparer.Ordinal);

    public async ValueTask<Result<JsonMap>> One(ServerContext server, Kind to, JsonMap obj, Action? aside = null)
    {
        if (to.Converter is not { } webhook || obj.Text("apiVersion") == to.ApiVersion) return obj;
        var converted = await Ask(server, webhook, to, [obj], $"{obj.Text("apiVersion")}, Kind={obj.Text("kind")}", list: false, aside);
        return converted.Ok ? converted.Value[0] : converted.Error!;
    }

    /// <summary>All at once; those that needed it in place of what they were.</summary>
    public async ValueTask<Result<List<Entry>>> All(ServerContext server, Kind to, List<Entry> entries, Action? aside = null)
    {
        if (to.Converter is not { } webhook || to.ShownAsStored) return entries;
        var due = entries.Select((e, at) => (At: at, Tree: ObjectCodec.Read(e))).Where(e => e.Tree.Text("apiVersion") != to.ApiVersion).ToList();
        if (due.Count == 0) return entries;
        var converted = await Ask(server, webhook, to, [.. due.Select(d => d.Tree)], $"{to.ApiVersion}, Kind={to.ListName}", list: true, aside);
        if (converted.Error is { } fault) return fault;
        List<Entry> all = [.. entries];
        foreach (var ((at, _), tree) in due.Zip(converted.Value))
        {
            var before = all[at];
            all[at] = new Entry(before.Key, JsonWriter.ToUtf8(tree).ToArray(), before.Revision, before.Created, before.Terms);
        }
        return all;
    }

    /// <summary>Changes as watchers of that version see them.</summary>
    public async ValueTask<Result<List<StoreEvent>>> All(ServerContext server, Kind to, IReadOnlyList<StoreEvent> changes)
    {
        if (to.Converter is null || to.ShownAsStored || changes.Count == 0) return changes.ToList();
        var entries = changes.SelectMany(c => c.Previous is null ? [c.Entry] : new[] { c.Entry, c.Previous }).Distinct().ToList();
        var converted = await All(server, to, entries);
        if (converted.Error is { } fault) return fault;
        var known = entries.Zip(converted.Value).ToDictionary(p => p.First, p => p.Second);
        return changes.Select(c => new StoreEvent(c.Revision, c.Deleted, known[c.Entry], c.Previous is null ? null : known[c.Previous])).ToList();
    }

    private async ValueTask<Result<List<JsonMap>>> Ask(ServerContext server, ConversionWebhook webhook, Kind to, IReadOnlyList<JsonMap> objects, string of, bool list, Action? aside)
    {
        if (ConversionReview.VersionOf(webhook.ReviewVersions) is not { } version) return Failed("no supported conversion review versions");
        // It may itself be a client of this server, and would wait for the seats of those who wait for it.
        aside?.Invoke();
        var (uid, url) = (server.Names.Uid(), $"{ServiceClients.UrlOf(webhook.Client)}?timeout=30s");
        using var patience = new CancellationTokenSource(Patience, server.Time);
        try
        {
            var client = clients.GetOrAdd(webhook.Client.Text("caBundle") ?? "", bundle => ServiceClients.Of(server, bundle));
            using var message = new HttpRequestMessage(HttpMethod.Post, url)
            {
                Content = new ByteArrayContent(JsonWriter.ToUtf8(ConversionReview.Ask(version, uid, to.ApiVersion, objects)).ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
            };
            message.Headers.Accept.ParseAdd("application/json");
            message.Headers.UserAgent.ParseAdd("kube-apiserver-conversion");
            using var response = await client.SendAsync(message, patience.Token);
            var body = await response.Content.ReadAsByteArrayAsync(patience.Token);
            if (response.StatusCode != HttpStatusCode.OK) return Failed($"conversion webhook for {of} failed: {WebhookCaller.Said(response, body)}");
            var (converted, fault) = ConversionReview.Read(JsonReader.ReadMap(body), version, uid, to.ApiVersion, objects, of, list);
            if (fault is not null) return Failed(fault);
            // What the schema of that version doesn't know is not kept.
            foreach (var one in converted)
                if (Decoding.Fault(to.Schema.Value, one) is { } misfit) return Failed($"conversion webhook for {of} returned invalid converted object: {misfit}");
            return converted.ToList();
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return Failed($"conversion webhook for {of} failed: Post \"{url}\": context deadline exceeded");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UriFormatException or InvalidOperationException)
        {
            return Failed($"conversion webhook for {of} failed: Post \"{url}\": {(e.InnerException ?? e).Message}");
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return Failed($"conversion webhook for {of} failed: the answer can't be read: {e.Message}");
        }
    }

    // Upstream gives these no reason.
    private static ApiError Failed(string why) => new(500, "", why);
}
