using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>The server's answers as trees, its refusals as <see cref="Refusal"/>, its warnings on the error output.</summary>
internal sealed class ApiClient(Access access, Words words, Surroundings around) : IDisposable
{
    public const string Json = "application/json";
    public const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    public const string MergePatch = "application/merge-patch+json";
    public const string StrategicPatch = "application/strategic-merge-patch+json";
    public const string JsonPatch = "application/json-patch+json";
    public const string ApplyPatch = "application/apply-patch+yaml";

    private readonly HashSet<string> told = [];
    private HttpApi? api;

    public int Warnings { get; private set; }
    public Uri Server => access.Server;

    public Task<JsonMap> Get(string path, string accept = Json) => Ask(HttpMethod.Get, path, null, Json, accept);
    public Task<JsonMap> Post(string path, JsonMap body) => Ask(HttpMethod.Post, path, body);
    public Task<JsonMap> Put(string path, JsonMap body) => Ask(HttpMethod.Put, path, body);
    public Task<JsonMap> Patch(string path, MiniKube.Machinery.Json body, string type) => Ask(HttpMethod.Patch, path, body, type);
    public Task<JsonMap> Delete(string path, JsonMap? body = null) => Ask(HttpMethod.Delete, path, body);

    /// <summary>Null for what isn't there.</summary>
    public async Task<JsonMap?> Find(string path)
    {
        try
        {
            return await Get(path);
        }
        catch (Refusal refusal) when (refusal.Error.Code == 404)
        {
            return null;
        }
    }

    public async Task<JsonMap> Ask(HttpMethod method, string path, MiniKube.Machinery.Json? body, string type = Json, string accept = Json) =>
        Tree(await Bytes(method, path, body is null ? null : JsonWriter.ToUtf8(body), type, accept));

    public async Task<byte[]> Bytes(HttpMethod method, string path, byte[]? body = null, string type = Json, string accept = Json)
    {
        using var patience = Patience();
        using var answer = await Send(method, path, body, type, accept, patience.Token);
        return await answer.Content.ReadAsByteArrayAsync(patience.Token);
    }

    /// <summary>An answer that goes on.</summary>
    public async Task<Stream> Stream(string path, string accept = "*/*")
    {
        var answer = await Send(HttpMethod.Get, path, null, Json, accept, around.Stop);
        return await answer.Content.ReadAsStreamAsync(around.Stop);
    }

    public async IAsyncEnumerable<(string Type, JsonMap Object)> Watch(string path, string accept = Json, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, around.Stop);
        using var answer = await Send(HttpMethod.Get, path, null, Json, accept, either.Token);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(either.Token));
        while (await reader.ReadLineAsync(either.Token) is { } line)
        {
            if (line.Length == 0) continue;
            var change = JsonReader.ParseMap(line);
            if (change.Text("type") == "ERROR") throw new Refusal(ApiError.FromStatus(change.Map("object") ?? []));
            yield return (change.Text("type") ?? "", change.Map("object") ?? []);
        }
    }

    public async Task<WebSocket> Socket(string path, params string[] protocols)
    {
        try
        {
            return await (await Api()).Socket(path, protocols, around.Stop);
        }
        catch (WebSocketException e)
        {
            throw new Failure($"unable to upgrade connection: {e.Message}");
        }
    }

    public static JsonMap Tree(byte[] answer)
    {
        try
        {
            return JsonReader.ReadMap(answer);
        }
        catch (System.Text.Json.JsonException)
        {
            throw new Failure("the server answered with something else than a Kubernetes API");
        }
    }

    public void Dispose() => api?.Dispose();

    private CancellationTokenSource Patience()
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(around.Stop);
        var text = words.Text("request-timeout");
        var limit = GoDuration.Parse(text.Length > 0 && text.All(char.IsAsciiDigit) ? text + "s" : text)
            ?? throw new Failure($"Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)");
        if (limit > TimeSpan.Zero) source.CancelAfter(limit);
        return source;
    }

    private async Task<HttpApi> Api()
    {
        if (api is not null) return api;
        if (access.Exec is { } exec) access = await ExecCredential.Ask(access, exec, around.Stop);
        var client = access.Client();
        return api = new HttpApi(new HttpApiOptions(access.Server)
        {
            Authorities = access.Trusted(),
            ClientCertificate = client,
            AnyServer = access.Insecure,
            ServerName = access.ServerName,
            Headers = access.Headers,
            Proxy = access.Proxy is { } proxy ? new WebProxy(proxy) : null,
            Token = access.TokenFile is { } file ? async stop => (await File.ReadAllTextAsync(file, stop)).Trim() : access.Token is { } token ? _ => ValueTask.FromResult<string?>(token) : null,
            UserAgent = "kubectl/minik",
        });
    }

    private async Task<HttpResponseMessage> Send(HttpMethod method, string path, byte[]? body, string type, string accept, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, path.TrimStart('/'));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (body is not null) request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
        HttpResponseMessage answer;
        try
        {
            answer = await (await Api()).Exchange(request, cancel);
        }
        catch (HttpRequestException e)
        {
            e.Data["server"] = access.Server.Authority;
            throw;
        }
        catch (OperationCanceledException) when (!around.Stop.IsCancellationRequested)
        {
            throw new Failure($"Unable to connect to the server: net/http: request canceled (Client.Timeout exceeded while awaiting headers)") { Plain = true };
        }
        if (words.Number("v") >= 6) around.Error.WriteLine($"{method} {request.RequestUri} {(int)answer.StatusCode} {answer.ReasonPhrase}");
        if (answer.Headers.TryGetValues("Warning", out var warnings)) foreach (var warning in warnings) Warn(warning);
        if (answer.IsSuccessStatusCode) return answer;
        using (answer) throw new Refusal(await Fault(answer, cancel));
    }

    private void Warn(string header)
    {
        var (from, to) = (header.IndexOf('"'), header.LastIndexOf('"'));
        var text = from >= 0 && to > from ? header[(from + 1)..to].Replace("\\\"", "\"").Replace("\\\\", "\\") : header;
        Warnings++;
        if (told.Add(text)) around.Error.WriteLine($"Warning: {text}");
    }

    private static async Task<ApiError> Fault(HttpResponseMessage answer, CancellationToken cancel)
    {
        var body = await answer.Content.ReadAsByteArrayAsync(cancel);
        try
        {
            if (JsonReader.ReadMap(body) is var status && status.Text("kind") == "Status") return ApiError.FromStatus(status);
        }
        catch (System.Text.Json.JsonException)
        {
            // Not every answer on the way is the API's own.
        }
        return answer.StatusCode switch
        {
            HttpStatusCode.NotFound => ApiError.UnknownPath(),
            HttpStatusCode.Unauthorized => ApiError.Unauthorized() with { Message = "the server has asked for the client to provide credentials" },
            _ => new ApiError((int)answer.StatusCode, "", Encoding.UTF8.GetString(body).Trim() is { Length: > 0 } text ? text : $"the server answered {(int)answer.StatusCode} {answer.ReasonPhrase}"),
        };
    }
}
