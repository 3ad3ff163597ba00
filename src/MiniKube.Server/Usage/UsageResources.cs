using System.Collections.Concurrent;
using MiniKube.Machinery;
using MiniKube.Server.Streams;
using MiniKube.Store;

namespace MiniKube.Server.Usage;

/// <summary>
/// metrics.k8s.io: what nodes and pods use. Nodes are looked at when somebody asks and at no other time; who asks first waits a second
/// for the second look.
/// </summary>
internal sealed class UsageResources(NodeClients clients)
{
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Most = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, JsonMap> last = new(StringComparer.Ordinal);

    public async ValueTask<ApiResponse> Nodes(ServerContext server, Kind kind, ApiRequest request) =>
        await Answer(server, kind, request, "nodemetrics", request.Info.Name, usage => Objects(server, usage));

    public async ValueTask<ApiResponse> Pods(ServerContext server, Kind kind, ApiRequest request)
    {
        // One pod is asked of its own node only.
        var node = request.Info.Name.Length == 0 ? "" : server.Peek("pods", request.Info.Namespace, request.Info.Name)?.Map("spec")?.Text("nodeName") ?? "";
        return await Answer(server, kind, request, "podmetrics", node, usage => Objects(server, usage, request.Info.Namespace));
    }

    private async ValueTask<ApiResponse> Answer(ServerContext server, Kind kind, ApiRequest request, string singular, string node, Func<NodeUsage, IEnumerable<JsonMap>> objects)
    {
        var parsed = ListOptions.Of(kind, request, watch: false);
        if (parsed.Error is { } bad) return bad;
        var form = Form.Of(request.Accept);
        if (form.Error is { } refused) return refused;
        var info = request.Info;
        var found = new List<JsonMap>();
        if (info.Name.Length == 0 || node.Length > 0)
        {
            IEnumerable<string> nodes = node.Length > 0 ? [node] : clients.Connected;
            var usages = await Task.WhenAll(nodes.Select(n => Of(server, n, request.Cancel)));
            foreach (var obj in usages.OfType<NodeUsage>().SelectMany(objects))
                if ((info.Name.Length == 0 || Name(obj) == info.Name) && parsed.Value.Selects(EntryOf(kind, obj))) found.Add(obj);
        }
        if (info.Verb == "get")
        {
            return found.Count > 0 ? Present.One(server, kind, form, found[0], 200)
                : ApiError.NotFound(kind.Group, singular, kind.Namespaced ? $"{info.Namespace}/{info.Name}" : info.Name);
        }
        found.Sort((a, b) => string.CompareOrdinal($"{Namespace(a)}/{Name(a)}", $"{Namespace(b)}/{Name(b)}"));
        return Present.Encode(200, form.Shape == Shape.Table
            ? Tables.Of(kind, form, found, "", server.Now)
            : new JsonMap { { "kind", kind.ListName }, { "apiVersion", kind.ApiVersion }, { "metadata", new JsonMap() }, { "items", new JsonList(found) } }, form);
    }

    /// <summary>Null for a node that can't be asked now.</summary>
    private async Task<NodeUsage?> Of(ServerContext server, string node, CancellationToken cancel)
    {
        try
        {
            var before = last.GetValueOrDefault(node);
            if (await Look(node, cancel) is not { } now) return null;
            if (before is null || Passed(before, now) > Most) (before, now) = (now, null);
            if (now is null || Passed(before, now) < Least)
            {
                await Task.Delay(Least, server.Time, cancel);
                now = await Look(node, cancel);
            }
            if (now is null) return null;
            last[node] = now;
            return NodeUsage.Between(before, now);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or FormatException || e is OperationCanceledException && !cancel.IsCancellationRequested)
        {
            return null;
        }
    }

    private static TimeSpan? Passed(JsonMap before, JsonMap now) => NodeUsage.TimeOf(now) - NodeUsage.TimeOf(before);

    private async Task<JsonMap?> Look(string node, CancellationToken cancel)
    {
        if (clients.Of(node) is not { } client) return null;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        using var asked = new HttpRequestMessage(HttpMethod.Get, "http://target/stats/summary?only_cpu_and_memory=true");
        using var answer = await client.SendAsync(asked, patience.Token);
        if (!answer.IsSuccessStatusCode) return null;
        return JsonReader.ReadMap(await answer.Content.ReadAsByteArrayAsync(patience.Token));
    }

    private static IEnumerable<JsonMap> Objects(ServerContext server, NodeUsage usage)
    {
        if (server.Peek("nodes", "", usage.Node) is not { } node) yield break;
        var obj = Head("NodeMetrics", node, usage);
        obj.Add("usage", Amounts(usage.CpuNanos, usage.MemoryBytes));
        yield return obj;
    }

    private static IEnumerable<JsonMap> Objects(ServerContext server, NodeUsage usage, string ns)
    {
        foreach (var pod in usage.Pods)
        {
            if (ns.Length > 0 && pod.Namespace != ns) continue;
            // A static pod's object is its mirror, with a uid of its own.
            if (server.Peek("pods", pod.Namespace, pod.Name) is not { } known) continue;
            var obj = Head("PodMetrics", known, usage);
            obj.Add("containers", new JsonList(pod.Containers.Select(c => (Json)new JsonMap { { "name", c.Name }, { "usage", Amounts(c.CpuNanos, c.MemoryBytes) } })));
            yield return obj;
        }
    }

    private static JsonMap Head(string kind, JsonMap of, NodeUsage usage)
    {
        var metadata = new JsonMap { { "name", of.Map("metadata")?.Text("name") ?? "" } };
        if (of.Map("metadata")?.Text("namespace") is { } ns) metadata.Add("namespace", ns);
        metadata.Add("creationTimestamp", Times.Seconds(usage.Time));
        if (of.Map("metadata")?.Map("labels") is { } labels) metadata.Add("labels", labels.CloneMap());
        return new()
        {
            { "kind", kind }, { "apiVersion", "metrics.k8s.io/v1beta1" }, { "metadata", metadata }, { "timestamp", Times.Seconds(usage.Time) },
            { "window", $"{usage.Window.TotalSeconds.ToString("0.###", System.Globalization.CultureInfo.InvariantCulture)}s" },
        };
    }

    private static JsonMap Amounts(long cpuNanos, long bytes) => new() { { "cpu", $"{cpuNanos}n" }, { "memory", $"{bytes / 1024}Ki" } };

    private static Entry EntryOf(Kind kind, JsonMap obj) => new(new(kind.Collection, Namespace(obj), Name(obj)), [], 0, 0,
        new(TermReader.Pairs(obj.Map("metadata")?.Map("labels")), []));

    private static string Name(JsonMap obj) => obj.Map("metadata")?.Text("name") ?? "";

    private static string Namespace(JsonMap obj) => obj.Map("metadata")?.Text("namespace") ?? "";
}
