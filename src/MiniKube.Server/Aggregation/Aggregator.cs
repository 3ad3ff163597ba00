using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using MiniKube.Machinery;
using MiniKube.Server.Streams;
using MiniKube.Store;

namespace MiniKube.Server.Aggregation;

/// <summary>
/// Requests for groups that other servers answer for, handed on to those: who asks has been established and authorized here, and
/// is named to them under the certificate of the front proxy.
/// </summary>
public sealed class Aggregator(IStateStore store, Func<X509Certificate2> own)
{
    private static readonly TimeSpan ForDiscovery = TimeSpan.FromSeconds(5);

    private readonly Derived<IReadOnlyList<RemoteGroup>> registered = new(store, [RemoteGroup.Collection], RemoteGroup.All);
    private readonly ConcurrentDictionary<(string Bundle, bool Insecure), HttpMessageInvoker> clients = new();
    private ImmutableDictionary<string, RemoteDocuments> documents = ImmutableDictionary<string, RemoteDocuments>.Empty;
    private volatile RemoteSet remote = RemoteSet.None;
    private volatile Published? published;

    /// <summary>Who answers elsewhere; the same instance as long as nothing about it changes.</summary>
    public RemoteSet Remote
    {
        get
        {
            var (groups, heard, before) = (registered.Value, documents, remote);
            if (groups.Count == before.All.Count && groups.Zip(before.All).All(p => p.First == p.Second.Registered && ReferenceEquals(heard.GetValueOrDefault(p.First.Name), p.Second.Documents))) return before;
            return remote = groups.Count == 0 ? RemoteSet.None : new([.. groups.Select(g => new RemoteVersion(g, heard.GetValueOrDefault(g.Name)))]);
        }
    }

    public Published Published(KindRegistry kinds)
    {
        var (known, now) = (published, Remote);
        return known is not null && ReferenceEquals(known.Kinds, kinds) && ReferenceEquals(known.Remote, now) ? known : published = new(kinds, now);
    }

    /// <summary>Keeps what a server said about itself; what it says again is the same.</summary>
    public void Heard(string name, RemoteDocuments said) =>
        ImmutableInterlocked.AddOrUpdate(ref documents, name, said, (_, before) => before.Digest == said.Digest ? before : said);

    public void Forget(Func<string, bool> gone)
    {
        foreach (var name in documents.Keys.Where(gone)) ImmutableInterlocked.TryRemove(ref documents, name, out _);
    }

    /// <summary>Whom this request is for; null where it is answered here.</summary>
    public RemoteGroup? Of(RequestInfo info)
    {
        if (Remote is not { All.Count: > 0 } all) return null;
        if (info.IsResource) return all.Find(info.Group, info.Version)?.Registered;
        return info.Path.Split('/', StringSplitOptions.RemoveEmptyEntries) is ["apis", var group, var version] ? all.Find(group, version)?.Registered : null;
    }

    public ValueTask<ApiResponse> Serve(ServerContext server, RemoteGroup to, ApiRequest request)
    {
        if (!to.Available) return ValueTask.FromResult(Refusal(request, 503, "service unavailable"));
        // It will ask us whether he may, and would wait for the seats of those who wait for it.
        request.StandAside?.Invoke();
        if (request.Own) return Whole(server, to, request);
        return ValueTask.FromResult<ApiResponse>(new ApiResponse.Takeover(http => HandOn(server, to, request, http)));
    }

    /// <summary>What a server says at a path of its own to somebody. Throws what connections throw.</summary>
    public async Task<(int Status, byte[] Body)> Ask(ServerContext server, RemoteGroup to, string path, string accept, UserInfo user, CancellationToken cancel)
    {
        using var asked = new HttpRequestMessage(HttpMethod.Get, to.Address + path);
        asked.Headers.TryAddWithoutValidation("Accept", accept);
        ProxyHeaders.Name(asked.Headers, user);
        using var answer = await Client(server, to).SendAsync(asked, cancel);
        return ((int)answer.StatusCode, await answer.Content.ReadAsByteArrayAsync(cancel));
    }

    private HttpMessageInvoker Client(ServerContext server, RemoteGroup to) =>
        clients.GetOrAdd((to.CaBundle, to.Insecure), key => ServiceClients.Of(server, key.Bundle, key.Insecure, own, (header, _) => ProxyHeaders.EncodingOf(header)));

    private async Task HandOn(ServerContext server, RemoteGroup to, ApiRequest request, HttpContext http)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        if (!request.Info.IsResource) limit.CancelAfter(ForDiscovery);
        var target = to.Address + http.Request.Path.ToUriComponent() + http.Request.QueryString;
        await Forwarding.Run(http, Client(server, to), request, target, headers => ProxyHeaders.Name(headers, request.User), limit.Token);
    }

    /// <summary>For parts of this process: the answer as if it had been given here.</summary>
    private async ValueTask<ApiResponse> Whole(ServerContext server, RemoteGroup to, ApiRequest request)
    {
        var path = request.Info.Path.Length > 0 ? request.Info.Path : request.Info.ToPath();
        var query = request.Query.ToString();
        if (request.Info.Verb == "watch") query += query.Length == 0 ? "?watch=true" : "&watch=true";
        using var asked = new HttpRequestMessage(MethodOf(request.Info.Verb), to.Address + path + query);
        asked.Headers.TryAddWithoutValidation("Accept", "application/json");
        asked.Headers.TryAddWithoutValidation("User-Agent", request.UserAgent);
        if (!ProxyHeaders.Name(asked.Headers, request.User)) return Refusal(request, 500, "invalid user");
        if (request.Body.Length > 0)
        {
            asked.Content = new ReadOnlyMemoryContent(request.Body);
            asked.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType.Length > 0 ? request.ContentType : "application/json");
        }
        try
        {
            var answer = await Client(server, to).SendAsync(asked, request.Cancel);
            if (request.Info.Verb == "watch" && answer.IsSuccessStatusCode) return new ApiResponse.Frames(Frames(answer, request.Cancel));
            using (answer)
            {
                var body = await answer.Content.ReadAsByteArrayAsync(request.Cancel);
                return answer.IsSuccessStatusCode || IsStatus(body)
                    ? new ApiResponse.Bytes((int)answer.StatusCode, body)
                    : Refusal(request, (int)answer.StatusCode, System.Text.Encoding.UTF8.GetString(body).Trim());
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return Refusal(request, 503, $"error trying to reach service: {(e.InnerException ?? e).Message}");
        }
    }

    private static async IAsyncEnumerable<WatchBatch> Frames(HttpResponseMessage answer, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var whole = answer;
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(cancel));
        yield return new([]);
        while (await Next(lines, cancel) is { } line)
        {
            if (line.Length == 0) continue;
            var change = JsonReader.ParseMap(line);
            var type = change.Text("type") switch
            {
                "ADDED" => FrameType.Added,
                "MODIFIED" => FrameType.Modified,
                "DELETED" => FrameType.Deleted,
                "BOOKMARK" => FrameType.Bookmark,
                _ => FrameType.Error,
            };
            yield return new([new(type, JsonWriter.ToUtf8(change.Map("object") ?? []))]);
        }
    }

    /// <summary>Null at the end, whichever.</summary>
    private static async ValueTask<string?> Next(StreamReader lines, CancellationToken cancel)
    {
        try
        {
            return await lines.ReadLineAsync(cancel);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return null;
        }
    }

    private static bool IsStatus(byte[] body)
    {
        try
        {
            return JsonReader.Read(body) is JsonMap map && map.Text("kind") == "Status";
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static ApiResponse Refusal(ApiRequest request, int status, string text) =>
        request.Own ? new ApiError(status, status == 503 ? "ServiceUnavailable" : "", text.Length > 0 ? text : $"the server answered {status}") : ApiResponse.Text(status, text + "\n");

    private static HttpMethod MethodOf(string verb) => verb switch
    {
        "create" => HttpMethod.Post,
        "update" => HttpMethod.Put,
        "patch" => HttpMethod.Patch,
        "delete" or "deletecollection" => HttpMethod.Delete,
        _ => HttpMethod.Get,
    };
}
