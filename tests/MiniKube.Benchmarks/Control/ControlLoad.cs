using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using MiniKube.Controllers;
using MiniKube.ControlLoop;
using MiniKube.Engines.Simulated;
using MiniKube.Host;
using MiniKube.Kinds.Apps;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;
using MiniKube.Server;
using MiniKube.Server.Pki;
using MiniKube.Store;

namespace MiniKube.Benchmarks.Control;

/// <summary>Controllers, scheduler and simulated nodes against the real server and a durable store: how fast is what users wait for?</summary>
internal sealed class ControlLoad(IApi api, Caches caches)
{
    private readonly Caches caches = caches;

    private const string Template = """
        {"metadata":{"labels":{"app":"NAME"}},"spec":{"terminationGracePeriodSeconds":1,"containers":[{"name":"c","image":"i:1",
        "resources":{"requests":{"cpu":"100m","memory":"64Mi"}}}]}}
        """;

    public static async Task Run(string[] args)
    {
        var nodes = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5000;
        var pods = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 10_000;
        var directory = Directory.CreateTempSubdirectory("minik-bench-").FullName;
        try
        {
            var opened = await StateStore.OpenAsync(new StoreOptions { Path = Path.Combine(directory, "state.db") }, ServerAssembly.Terms, TimeProvider.System);
            await using var store = opened.Store!;
            var pki = ClusterPki.Open(Path.Combine(directory, "pki"), TimeProvider.System, ["localhost"], [IPAddress.Loopback]);
            var server = new ServerAssembly(new ServerOptions { AdvertiseAddress = "192.0.2.1" }, store, TimeProvider.System, pki, new NoLog(),
                new Dictionary<string, UserInfo>());
            await server.Bootstrap(default);
            var api = new InProcessApi(server.Api, new UserInfo("bench", [UserInfo.Masters]), "bench");
            var clock = Stopwatch.StartNew();
            await using var loops = Loops.Start(server.Api, TimeProvider.System, new NoLog(),
                new ControllerOptions { RootCertificate = () => pki.AuthorityPem, Network = new("10.0.0.0/8") }, new SimulatedFleet(nodes));
            var load = new ControlLoad(api, loops.Caches);
            await load.Until(() => Task.FromResult(load.caches.Of<Node>().All() is var all && all.Count == nodes && all.All(IsSettled)));
            await load.Until(async () => (await load.List<ServiceAccount>("default")).Count == 1);
            Say($"{nodes} nodes registered, ready and with their addresses", clock);
            await load.Measure(nodes, pods);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    // What comes after this has nothing to do with nodes coming.
    private static bool IsSettled(Item<Node> node) => node.Value.Spec is { PodCIDR.Length: > 0, Taints: null or { Count: 0 } };

    private async Task Measure(int nodes, int pods)
    {
        var before = await Idle();
        Console.WriteLine($"{before,8:0.0} %  of a core while {nodes} nodes idle, their leases renewed");
        await Rollout();
        await Scheduling(pods);
        var after = await Idle();
        Console.WriteLine($"{after,8:0.0} %  of a core while idle, {after - before:0.0} % of it for {pods + 1000} pods; {Process.GetCurrentProcess().WorkingSet64 >> 20} MiB resident");
        await EmptyNamespace();
    }

    private async Task Rollout()
    {
        await Namespace("roll");
        var clock = Stopwatch.StartNew();
        await Create<Deployment>("roll", Deployment("w", 1000));
        await Rolled("roll", "w", 1000, 1);
        Say("1,000 replicas: apply to all available", clock);

        clock.Restart();
        var least = 1000;
        var most = 0;
        using var watching = new CancellationTokenSource();
        var watch = Watch();
        await Check(await api.Patch(Resources.RefOf<Deployment>(), "roll", "w", PatchKind.Strategic,
            Encoding.UTF8.GetBytes("""{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"i:2"}]}}}}""")));
        await Rolled("roll", "w", 1000, 2);
        Say("1,000 replicas: rolling update", clock);
        await watching.CancelAsync();
        await watch;
        Console.WriteLine($"{"",10}  active pods at most {most} (bound 1250), ready ones at least {least} (bound 750)");

        async Task Watch()
        {
            while (!watching.IsCancellationRequested)
            {
                var all = In("roll");
                var active = all.Where(p => p.IsActive()).ToArray();
                most = Math.Max(most, active.Length);
                least = Math.Min(least, active.Count(p => p.IsReady()));
                await Task.Delay(100, CancellationToken.None);
            }
        }
    }

    private async Task Scheduling(int count)
    {
        await Namespace("many");
        var clock = Stopwatch.StartNew();
        var each = count / 10;
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Create<Deployment>("many", Deployment($"d{i}", each))));
        var bound = 0;
        await Until(() => Task.FromResult((bound = In("many").Count(p => p.NodeName().Length > 0)) >= each * 10));
        Console.WriteLine($"{clock.Elapsed.TotalSeconds,8:0.00} s  {bound} pods created and bound: {bound / clock.Elapsed.TotalSeconds:0} pods/s");
        await Until(() => Task.FromResult(In("many").All(p => p.IsReady())));
        Say("…and all of them ready", clock);
    }

    /// <summary>Over two rounds of heartbeats, so that both looks see as many of them.</summary>
    private static async Task<double> Idle()
    {
        GC.Collect();
        await Task.Delay(TimeSpan.FromSeconds(15));
        var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        Mark();
        var (collections, full) = (GC.CollectionCount(0), GC.CollectionCount(2));
        var clock = Stopwatch.StartNew();
        await Task.Delay(TimeSpan.FromSeconds(50));
        process.Refresh();
        var share = (process.TotalProcessorTime - before) / clock.Elapsed * 100;
        Say($"of idling, {GC.CollectionCount(0) - collections} collections, {GC.CollectionCount(2) - full} of them full", clock);
        return share;
    }

    private async Task EmptyNamespace()
    {
        await Namespace("full");
        await Parallel.ForEachAsync(Enumerable.Range(0, 5000), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, _) =>
            await Create<ConfigMap>("full", $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c{{{i}}}"},"data":{"k":"v"} }"""));
        var clock = Stopwatch.StartNew();
        await Check(await api.Delete(Resources.RefOf<Namespace>(), null, "full"));
        await Until(async () => !(await api.Get(Resources.RefOf<Namespace>(), null, "full")).Ok);
        Say("a namespace of 5,000 objects deleted", clock);
    }

    private async Task Namespace(string name)
    {
        await Create<Namespace>(null, $$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{name}}}"} }""");
        await Until(async () => (await List<ServiceAccount>(name)).Count == 1);
    }

    private static string Deployment(string name, int replicas) => $$$"""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"{{{name}}}"},"spec":{"replicas":{{{replicas}}},
        "selector":{"matchLabels":{"app":"{{{name}}}"}},"template":{{{Template.Replace("NAME", name)}}} } }
        """;

    private Task Rolled(string ns, string name, int replicas, int revision) => Until(async () =>
        (await api.Get(Resources.RefOf<Deployment>(), ns, name)) is { Ok: true } got && Resources.Of<Deployment>().Item(got.Value.Json) is { Value.Status: { } s } d &&
        s.ObservedGeneration == d.Meta.Generation && s.UpdatedReplicas == replicas && s.Replicas == replicas && s.AvailableReplicas == replicas &&
        d.Meta.Annotation("deployment.kubernetes.io/revision") == $"{revision}");

    private async Task Create<T>(string? ns, string json) where T : Kinds.KubeObject =>
        await Check(await api.Create(Resources.RefOf<T>(), ns, Encoding.UTF8.GetBytes(json)));

    // From the cache: reading the answers of a list anew each time would be most of what is measured.
    private IReadOnlyList<Item<Pod>> In(string ns) => caches.Of<Pod>().ByNamespace()[ns];

    private async Task<IReadOnlyList<Item<T>>> List<T>(string? ns) where T : Kinds.KubeObject =>
        [.. (await api.List(Resources.RefOf<T>(), ns)).Value.Items.Select(i => Resources.Of<T>().Item(i))];

    private async Task Until(Func<Task<bool>> holds)
    {
        var limit = Stopwatch.StartNew();
        while (!await holds())
        {
            if (limit.Elapsed > TimeSpan.FromMinutes(5)) throw new TimeoutException("it never came about");
            await Task.Delay(50);
        }
    }

    private static Task Check(Result<ApiObject> result) => result.Ok ? Task.CompletedTask : throw new InvalidOperationException(result.Error!.Message);

    private static (TimeSpan Cpu, TimeSpan Paused, long Bytes) before;

    // On a machine that others use too, the time on the processors and what was allocated say more than the time on the clock.
    private static void Say(string what, Stopwatch clock)
    {
        var now = Now();
        Console.WriteLine($"{clock.Elapsed.TotalSeconds,8:0.00} s  {what} ({(now.Cpu - before.Cpu).TotalSeconds:0.0} s of CPU, " +
            $"{(now.Paused - before.Paused).TotalSeconds:0.0} s of collections' pauses, {now.Bytes - before.Bytes >> 20} MiB allocated)");
        before = now;
    }

    private static void Mark() => before = Now();

    private static (TimeSpan Cpu, TimeSpan Paused, long Bytes) Now() =>
        (Process.GetCurrentProcess().TotalProcessorTime, GC.GetTotalPauseDuration(), GC.GetTotalAllocatedBytes());

    private sealed class NoLog : ILog
    {
        public void Info(string message) { }
        public void Warn(string message) => Console.Error.WriteLine(message);
        public void Error(string message) => Console.Error.WriteLine(message);
    }
}
