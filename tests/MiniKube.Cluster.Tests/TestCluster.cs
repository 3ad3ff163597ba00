using System.Net;
using System.Text;
using MiniKube.Controllers;
using MiniKube.ControlLoop;
using MiniKube.Engines.Simulated;
using MiniKube.Host;
using MiniKube.Kinds;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;
using MiniKube.Scheduler.Configuration;
using MiniKube.Server;
using MiniKube.Server.Pki;
using MiniKube.Store;

namespace MiniKube.Cluster.Tests;

/// <summary>The real server on a real database with everything that loops; only the nodes are simulated.</summary>
public sealed class TestCluster : IAsyncDisposable
{
    private readonly string directory = Path.Combine(Path.GetTempPath(), $"minik-test-{Guid.NewGuid():n}");
    private CancellationTokenSource stopping = new();
    private StateStore store = null!;
    private Loops? loops;
    private SchedulerConfiguration? scheduling;

    public const string AdminToken = "admin-token";

    public ServerAssembly Server { get; private set; } = null!;
    public ClusterPki Pki { get; private set; } = null!;
    public IApi Api { get; private set; } = null!;
    public List<string> Log { get; } = [];

    public static async Task<TestCluster> Start(int nodes = 3, TimeProvider? time = null, bool withLoops = true, SchedulerConfiguration? scheduling = null)
    {
        var cluster = new TestCluster { scheduling = scheduling };
        await cluster.Open(nodes, time ?? TimeProvider.System, withLoops);
        // What is decided before the nodes are there is another story.
        if (withLoops && time is null) await cluster.UntilAll<Node>(all => all.Count == nodes && all.All(n => n.Value.Spec?.Taints is null or { Count: 0 } && n.Value.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) == true), seconds: 120);
        return cluster;
    }

    private async Task Open(int nodes, TimeProvider time, bool withLoops)
    {
        Directory.CreateDirectory(directory);
        var opened = await StateStore.OpenAsync(new StoreOptions { Path = Path.Combine(directory, "state.db") }, ServerAssembly.Terms, time);
        store = opened.Store ?? throw new InvalidOperationException(opened.Refusal!.Message);
        var pki = Pki = ClusterPki.Open(Path.Combine(directory, "pki"), time, ["localhost"], [IPAddress.Loopback]);
        var log = new ListLog(Log);
        Server = new ServerAssembly(new ServerOptions { AdvertiseAddress = "192.0.2.1" }, store, time, pki, log, new Dictionary<string, UserInfo> { [AdminToken] = new("admin", [UserInfo.Masters]) }, stopping: stopping.Token);
        await Server.Bootstrap(stopping.Token);
        Api = new InProcessApi(Server.Api, new UserInfo("admin", [UserInfo.Masters]), "test");
        if (withLoops)
            loops = Loops.Start(Server.Api, time, log, new ControllerOptions { RootCertificate = () => pki.AuthorityPem, LocalVolumes = new("/data", new NoDisks()) }, new SimulatedFleet(nodes), scheduling);
    }

    /// <summary>Whoever follows from before now is told that it is too late.</summary>
    public async Task Compact() => Assert.That(await store.CompactAsync(store.Revision), Is.Null);

    /// <summary>The server ends and comes up again on what it has stored; without loops.</summary>
    public async Task Restart()
    {
        await stopping.CancelAsync();
        await store.DisposeAsync();
        stopping.Dispose();
        stopping = new();
        await Open(0, TimeProvider.System, withLoops: false);
    }

    public async Task<Item<T>> Create<T>(string yaml, string? ns = null) where T : KubeObject
    {
        var result = await Api.Create(Resources.RefOf<T>(), ns ?? (Resources.Of<T>().Namespaced ? "default" : null), JsonWriter.ToUtf8(YamlReader.Read(yaml)));
        Assert.That(result.Error?.Message, Is.Null);
        return Resources.Of<T>().Item(result.Value.Json);
    }

    public async Task Patch<T>(string name, string json, string ns = "default", PatchKind kind = PatchKind.Strategic, string? subresource = null) where T : KubeObject
    {
        var result = await Api.Patch(Resources.RefOf<T>(), Resources.Of<T>().Namespaced ? ns : null, name, kind, Encoding.UTF8.GetBytes(json), subresource);
        Assert.That(result.Error?.Message, Is.Null);
    }

    public async Task Delete<T>(string name, string ns = "default", string? propagation = null) where T : KubeObject
    {
        var result = await Api.Delete(Resources.RefOf<T>(), Resources.Of<T>().Namespaced ? ns : null, name, new DeleteQuery { Propagation = propagation });
        Assert.That(result.Error?.Message, Is.Null);
    }

    public async Task<Item<T>?> Get<T>(string name, string ns = "default") where T : KubeObject
    {
        var result = await Api.Get(Resources.RefOf<T>(), Resources.Of<T>().Namespaced ? ns : null, name);
        return result.Ok ? Resources.Of<T>().Item(result.Value.Json) : null;
    }

    public async Task<IReadOnlyList<Item<T>>> List<T>(string? ns = "default") where T : KubeObject
    {
        var result = await Api.List(Resources.RefOf<T>(), Resources.Of<T>().Namespaced ? ns : null);
        Assert.That(result.Error?.Message, Is.Null);
        return [.. result.Value.Items.Select(i => Resources.Of<T>().Item(i))];
    }

    /// <summary>Waits until a condition holds; what it was waiting for is told by the caller when it never does.</summary>
    public async Task Until(Func<Task<bool>> holds, Func<Task<string>> otherwise, int seconds = 120)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!await holds())
        {
            if (limit.IsCancellationRequested) Assert.Fail($"{await otherwise()}\n{string.Join('\n', Log.ToArray().TakeLast(20))}");
            await Task.Delay(5);
        }
    }

    public Task Until<T>(string name, Func<Item<T>, bool> holds, string ns = "default", int seconds = 120) where T : KubeObject => Until(
        async () => await Get<T>(name, ns) is { } item && holds(item),
        async () => (await Get<T>(name, ns)) is { } item ? Show(item) : $"no {typeof(T).Name} {name}", seconds);

    public Task UntilAll<T>(Func<IReadOnlyList<Item<T>>, bool> holds, string ns = "default", int seconds = 120) where T : KubeObject => Until(
        async () => holds(await List<T>(ns)),
        async () => string.Join('\n', (await List<T>(ns)).Select(Show)), seconds);

    private static string Show(Item item)
    {
        var tree = item.Tree();
        tree.Map("metadata")?.Remove("managedFields");
        return tree.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        if (loops is not null) await loops.DisposeAsync();
        await stopping.CancelAsync();
        await store.DisposeAsync();
        stopping.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private sealed class ListLog(List<string> lines) : ILog
    {
        public void Info(string message)
        {
            lock (lines) lines.Add(message);
        }

        public void Warn(string message) => Info(message);
        public void Error(string message) => Info(message);
    }

    /// <summary>Simulated nodes keep nothing.</summary>
    private sealed class NoDisks : ILocalDirectories
    {
        public ValueTask<string?> Clear(string node, string directory, CancellationToken cancel) => new((string?)null);
    }
}
