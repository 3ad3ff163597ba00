using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using MiniKube.Kubelet;
using MiniKube.TestKit;

namespace MiniKube.Benchmarks.Agent;

/// <summary>
/// What a node costs: pods through the shipped executable against the same containers made straight in the engine, in the same
/// run; then what it takes to look after them.
/// </summary>
internal static class NodeLoad
{
    private const string Token = "bench";
    private const int Many = 100;

    public static async Task Run(string[] args)
    {
        var one = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 30;
        var kind = args.Length > 1 ? args[1] : "docker";
        var tokens = Path.GetTempFileName();
        await File.WriteAllTextAsync(tokens, $"{Token},bench,1,\"system:masters\"\n");
        await using var bench = await BenchEngine.Start(kind);
        var engine = bench.Engine;
        try
        {
            Console.WriteLine(await engine.Version());
            var alone = await Engine(engine, one, 1);
            Say($"engine: sandbox + container, {one} in a row", Median(alone), "ms p50", alone.Max());
            var clock = Stopwatch.StartNew();
            await Engine(engine, Many, Many, keep: true);
            var engineMany = clock.Elapsed.TotalMilliseconds;
            Say($"engine: {2 * Many} containers at once", engineMany, "ms");
            await Clear(engine);

            await using var minik = await MinikProcess.Start("--runtime", kind, "--container-runtime-endpoint", bench.Endpoint, "--token-auth-file", tokens);
            await Until.Says(() => minik.Kubectl("get nodes"), " Ready");
            await Until.Says(() => minik.Kubectl("get serviceaccounts"), "default");
            await Task.Delay(TimeSpan.FromSeconds(5));
            var emptyMemory = Resident(minik.Id);
            using var client = Client($"https://127.0.0.1:{minik.Port}");
            using var watch = new PodWatch(client);
            await watch.Start();

            if (args is [_, _, "probes"])
            {
                await Probes(minik, client, watch);
                return;
            }
            var starts = new List<double>();
            var ends = new List<double>();
            for (var i = 0; i < one; i++)
            {
                clock.Restart();
                await Create(client, $"one-{i}", "");
                await watch.Running($"one-{i}");
                starts.Add(clock.Elapsed.TotalMilliseconds);
                clock.Restart();
                using (await client.DeleteAsync($"/api/v1/namespaces/default/pods/one-{i}")) { }
                await watch.Gone($"one-{i}");
                ends.Add(clock.Elapsed.TotalMilliseconds);
            }
            Say("pod: created to Running", Median(starts), "ms p50", starts.Max());
            Say("  over the engine's own time", Median(starts) - Median(alone), "ms p50", starts.Max() - Median(alone));
            Say("pod that heeds SIGTERM: deleted to gone", Median(ends), "ms p50", ends.Max());

            clock.Restart();
            await Task.WhenAll(Enumerable.Range(0, Many).Select(i => Create(client, $"many-{i}", "")));
            for (var i = 0; i < Many; i++) await watch.Running($"many-{i}");
            Say($"{Many} pods, all Running", clock.Elapsed.TotalMilliseconds, "ms");
            Say("  against the engine's own time", clock.Elapsed.TotalMilliseconds / engineMany, "times");

            if (args is [_, _, "starts"])
            {
                await DeleteAll(client, watch, "many");
                await minik.Stop();
                await Shell.Run(MinikProcess.Binary, $"cleanup --data-dir {minik.Directory}");
                return;
            }
            await Task.Delay(TimeSpan.FromSeconds(15));
            Say($"idle with {Many} pods", await Busy(minik.Id, 30), "% of a core");
            Say("  memory above the empty node", (Resident(minik.Id) - emptyMemory) / 1024.0, "MB");
            await DeleteAll(client, watch, "many");

            await Probes(minik, client, watch);
        }
        finally
        {
            File.Delete(tokens);
        }
    }

    /// <summary>Fifty a second, as 500 pods with the default period would ask.</summary>
    private static async Task Probes(MinikProcess minik, HttpClient client, PodWatch watch)
    {
        const string probe = ",\"readinessProbe\":{\"httpGet\":{\"port\":8080,\"path\":\"/\"},\"periodSeconds\":2}";
        await Task.WhenAll(Enumerable.Range(0, Many).Select(i => Create(client, $"probed-{i}", probe)));
        for (var i = 0; i < Many; i++) await watch.Running($"probed-{i}");
        await Until.True(async () => (await minik.Kubectl("get pods -o jsonpath={.items[*].status.containerStatuses[0].ready}")).Text.Split("true").Length == Many + 1);
        await Task.Delay(TimeSpan.FromSeconds(15));
        var threads = Threads(minik.Id);
        Say("probes of 500 pods (50 a second), with the rest", await Busy(minik.Id, 30), "% of a core");
        foreach (var (name, user, system) in Threads(minik.Id).Select(t => (t.Key.Name, User: t.Value.User - threads.GetValueOrDefault(t.Key).User, System: t.Value.System - threads.GetValueOrDefault(t.Key).System)).Where(t => t.User + t.System > 2))
            Console.WriteLine($"  {name,-20} {user / 30.0:N2} % own, {system / 30.0:N2} % in the kernel");
        await DeleteAll(client, watch, "probed");
        await minik.Stop();
        await Shell.Run(MinikProcess.Binary, $"cleanup --data-dir {minik.Directory}");
    }

    private static Dictionary<(string Id, string Name), (long User, long System)> Threads(int pid) => Directory.GetDirectories($"/proc/{pid}/task").ToDictionary(
        d => (Path.GetFileName(d), File.ReadAllText(Path.Combine(d, "comm")).Trim()),
        d => File.ReadAllText(Path.Combine(d, "stat")) is var text && text[(text.LastIndexOf(')') + 2)..].Split(' ') is var parts ? (long.Parse(parts[11], CultureInfo.InvariantCulture), long.Parse(parts[12], CultureInfo.InvariantCulture)) : default);

    private static async Task<List<double>> Engine(IContainerEngine engine, int count, int parallel, bool keep = false)
    {
        var times = new List<double>();
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = parallel }, async (i, cancel) =>
        {
            var pod = new PodIdentity(Guid.NewGuid().ToString(), "bench", $"p{i}");
            var clock = Stopwatch.StartNew();
            var sandbox = await engine.RunSandbox(new(pod, 0, "h"), cancel);
            var id = await engine.CreateContainer(new(pod, sandbox.Id, "c", 0, DockerHost.Image) { Entrypoint = ["sleep", "1000"] }, cancel);
            await engine.StartContainer(id, cancel);
            lock (times) times.Add(clock.Elapsed.TotalMilliseconds);
            if (keep) return;
            await engine.RemoveContainer(id, cancel);
            await engine.RemoveSandbox(sandbox.Id, cancel);
        });
        return times;
    }

    private static async Task Clear(IContainerEngine engine)
    {
        var state = await engine.Observe(null);
        await Parallel.ForEachAsync(state.Containers, async (container, cancel) => await engine.RemoveContainer(container.Id, cancel));
        await Parallel.ForEachAsync(state.Sandboxes, async (sandbox, cancel) => await engine.RemoveSandbox(sandbox.Id, cancel));
    }

    private static async Task Create(HttpClient client, string name, string more)
    {
        var body = $"{{\"metadata\":{{\"name\":\"{name}\"}},\"spec\":{{\"automountServiceAccountToken\":false,\"containers\":[{{\"name\":\"c\",\"image\":\"{DockerHost.Image}\",\"imagePullPolicy\":\"IfNotPresent\",\"command\":[\"sh\",\"-c\",\"echo well >/www/index.html; trap exit TERM; httpd -f -p 8080 -h /www & wait\"]{more}}}]}}}}";
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync("/api/v1/namespaces/default/pods", content);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task DeleteAll(HttpClient client, PodWatch watch, string prefix)
    {
        for (var i = 0; i < Many; i++)
            using (await client.DeleteAsync($"/api/v1/namespaces/default/pods/{prefix}-{i}?gracePeriodSeconds=1")) { }
        for (var i = 0; i < Many; i++) await watch.Gone($"{prefix}-{i}");
    }

    private static HttpClient Client(string server)
    {
        var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 1000 };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        var client = new HttpClient(handler) { BaseAddress = new Uri(server), DefaultRequestVersion = HttpVersion.Version11, Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        return client;
    }

    private static async Task<double> Busy(int pid, int seconds)
    {
        var before = Ticks(pid);
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        return (Ticks(pid) - before) / (double)seconds;
    }

    private static long Ticks(int pid) => File.ReadAllText($"/proc/{pid}/stat") is var text && text[(text.LastIndexOf(')') + 2)..].Split(' ') is var parts
        ? long.Parse(parts[11], CultureInfo.InvariantCulture) + long.Parse(parts[12], CultureInfo.InvariantCulture) : 0;

    private static long Resident(int pid) => long.Parse(File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith("VmRSS", StringComparison.Ordinal))
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);

    private static void Say(string what, double value, string unit, double? worst = null) =>
        Console.WriteLine($"{what,-52} {value,10:N1} {unit}{(worst is { } w ? $"   worst {w:N1} ms" : "")}");

    /// <summary>Pods as a watch tells them.</summary>
    private sealed class PodWatch(HttpClient client) : IDisposable
    {
        private readonly CancellationTokenSource life = new();
        private readonly Dictionary<string, string> phases = [];
        private readonly Lock gate = new();
        private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task Start()
        {
            var answer = await client.GetAsync("/api/v1/namespaces/default/pods?watch=1", HttpCompletionOption.ResponseHeadersRead, life.Token);
            var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(life.Token));
            _ = Task.Run(async () =>
            {
                while (await reader.ReadLineAsync(life.Token) is { } line)
                {
                    using var change = JsonDocument.Parse(line);
                    var pod = change.RootElement.GetProperty("object");
                    var name = pod.GetProperty("metadata").GetProperty("name").GetString()!;
                    var phase = change.RootElement.GetProperty("type").GetString() == "DELETED" ? "gone" : pod.GetProperty("status").GetProperty("phase").GetString()!;
                    lock (gate)
                    {
                        phases[name] = phase;
                        changed.SetResult();
                        changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    }
                }
            });
        }

        public Task Running(string name) => Is(name, "Running");

        public Task Gone(string name) => Is(name, "gone");

        public void Dispose() => life.Cancel();

        private async Task Is(string name, string phase)
        {
            while (true)
            {
                Task next;
                lock (gate)
                {
                    if (phases.GetValueOrDefault(name) == phase) return;
                    next = changed.Task;
                }
                await next.WaitAsync(TimeSpan.FromMinutes(3));
            }
        }
    }
}
